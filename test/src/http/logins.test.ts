import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { begin, jsonOf, type LoggedIn, SESSION_KEY, acmeDaemon as start } from "../helpers/access/acme-daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { localClient } from "../helpers/http/local-client.js";
import { openStream } from "../helpers/http/open-stream.js";

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";

  test.serial(
    `${processes}: a login gives a session, which holds until it is ended, and ends its streams`,
    async (t) => {
      const { daemon, send, login } = await start(t, { workers });
      const first = await login();
      t.is(first.response.status, 302);
      t.is(first.response.headers.get("location"), "/");
      const [line = ""] = first.response.headers.getSetCookie();
      t.regex(line, /; Path=\/; Expires=[^;]+ GMT; HttpOnly; SameSite=Strict$/);
      const { clientToken, authentication } = await jsonOf(first.response);
      t.is(clientToken, "");
      const { id } = authentication as { readonly id: string };
      const self = await send("self", { headers: first.session });
      t.like(await jsonOf(self), { id, method: "METHOD_ACME", metadata: { "io.flipt.auth.email": "ada@example.com" } });
      t.is((await send("self", { headers: { authorization: `Bearer ${first.token}` } })).status, 200);
      t.is((await send("self", { headers: { authorization: `JWT ${first.token}` } })).status, 401);
      const second = await login();
      const stream = `${daemon.url()}/client/v2/environments/default/namespaces/default/stream`;
      const [ends, stays] = await Promise.all([
        openStream(t, stream, first.session),
        openStream(t, stream, second.session),
      ]);
      t.deepEqual([ends.status, stays.status], [200, 200]);
      const expired = await send("self/expire", { method: "PUT", headers: first.session });
      t.deepEqual([expired.status, await jsonOf(expired)], [200, {}]);
      for (const cleared of expired.headers.getSetCookie())
        t.regex(cleared, /^flipt_client_(token|state)=; Max-Age=0;.*Path=\//);
      t.is(expired.headers.getSetCookie().length, 2);
      await ends.ended;
      const refused = await send("self", { headers: first.session });
      t.is(refused.status, 401);
      t.is(refused.headers.getSetCookie().length, 2, "a cookie that nobody knows is taken away");
      t.is((await send("self", { headers: second.session })).status, 200);
      t.is(stays.text().includes("authenticated"), false);
      const shown = JSON.stringify(daemon.lines);
      for (const secret of [first.token, second.token, SESSION_KEY]) t.false(shown.includes(secret));
      for (const event of ["auth.login", "auth.logout"]) {
        const line = daemon.lines.find((one) => one.event === event && one.actor === "acme:one:ada");
        t.regex(String(line?.request_id), /^[0-9a-f-]{36}$/, event);
      }
      const metrics = await (await fetch(`${daemon.url()}/metrics`)).text();
      t.regex(metrics, /vexil_auth_total\{method="acme",result="ok"\} [1-9]/);
    },
  );

  test.serial(`${processes}: after a hundred failed logins a client has to wait`, async (t) => {
    const { daemon, send } = await start(t, { workers });
    const client = localClient(t, daemon.url());
    const wrong = "/auth/v1/method/acme/one/callback?code=x&state=y";
    const failed = await Promise.all(Array.from({ length: 100 }, () => client(wrong)));
    t.deepEqual([...new Set(failed.map(({ status }) => status))], [401]);
    const refused = await client(wrong);
    t.is(refused.status, 429);
    t.regex(refused.headers["retry-after"] ?? "", /^\d+$/);
    t.is(
      (await send("method/acme/serviceaccount", { method: "POST", body: '{"serviceAccountToken":"pod"}' })).status,
      429,
    );
    t.is((await send("self", { headers: { authorization: "Bearer static" } })).status, 200);
  });
}

test("a state is for its provider, its browser, and once", async (t) => {
  const { send } = await start(t);
  const call = async (
    callback: URLSearchParams,
    cookie: string,
    provider = "one",
  ): Promise<readonly [number, unknown]> => {
    const response = await send(`method/acme/${provider}/callback?${callback}`, { headers: { cookie } });
    return [response.status, (await jsonOf(response)).message];
  };
  const first = await begin(send);
  const [line = ""] = first.response.headers.getSetCookie();
  t.regex(line, /; Path=\/auth\/v1\/method\/acme\/one\/callback; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
  const noState = [401, "callback: failed to get state"];
  t.deepEqual(await call(first.callback, ""), noState);
  t.deepEqual(await call(first.callback, "flipt_client_state=other"), noState);
  t.deepEqual(await call(first.callback, (await begin(send)).cookie), noState);
  t.deepEqual(await call(new URLSearchParams({ code: "good" }), first.cookie), noState);
  const missing = [400, "callback: missing challenge"];
  t.deepEqual(await call(first.callback, first.cookie, "two"), missing);
  t.is((await call(first.callback, first.cookie))[0], 302);
  t.deepEqual(await call(first.callback, first.cookie), missing, "it counts once");
  const forged = JSON.parse(Buffer.from(first.callback.get("state") ?? "", "base64url").toString()) as object;
  for (const changes of [{ issued_at: Date.now() }, { security_token: "x" }, { original_state: "/x" }, { mac: "" }]) {
    const state = Buffer.from(JSON.stringify({ ...forged, ...changes })).toString("base64url");
    const callback = new URLSearchParams([...first.callback]);
    callback.set("state", state);
    t.deepEqual(await call(callback, `flipt_client_state=${state}`), missing, JSON.stringify(changes));
  }
  const wrong = await begin(send);
  wrong.callback.set("code", "bad");
  t.is((await call(wrong.callback, wrong.cookie))[0], 401);
});

test("whatever state and prefix say, a login ends on a page of this server", async (t) => {
  const { send } = await start(t);
  const pageFor = async (state: string, prefix?: string): Promise<string | null> => {
    const headers: Record<string, string> = prefix === undefined ? {} : { "x-forwarded-prefix": prefix };
    const { cookie, callback } = await begin(send, { state }, headers);
    const response = await send(`method/acme/one/callback?${callback}`, { headers: { ...headers, cookie } });
    return response.headers.get("location");
  };
  t.is(await pageFor(""), "/");
  t.is(await pageFor("", "/flags"), "/flags/");
  t.is(await pageFor("/environments/a?tab=1#x", "/flags"), "/environments/a?tab=1#x");
  const hostile = [
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil",
    "javascript:alert(1)",
    "/\t/evil",
    "/\n/evil",
    " /x",
    "evil",
    "/%",
    "http:evil",
    "/a\u0000",
    "https:evil.example",
    "https:/evil.example",
    "%2f%2fevil.example",
    "///evil.example",
    "/\r/evil.example",
    "/ /evil.example",
    "/.\\evil.example",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "/\u2028/evil.example",
  ];
  for (const state of hostile) {
    const page = (await pageFor(state)) ?? "";
    t.regex(page, /^\/(?![/\\])/, state);
    t.is(new URL(page, "http://own.example").host, "own.example", state);
  }
  for (const prefix of ["//evil.example", "https://evil.example", "/a\\b", "/a//b", "evil", "/../..//x", "/a b"]) {
    t.is(await pageFor("", prefix), "/", prefix);
  }
});

test("a provider's logout ends its sessions, and a logout leads to the provider", async (t) => {
  const { send, login } = await start(t);
  const status = async ({ session }: LoggedIn): Promise<number> => (await send("self", { headers: session })).status;
  const [ada, bob, eve] = [await login(), await login({ sub: "bob" }), await login({ sub: "eve" })];
  const revoked = await send("self/revoke", { method: "DELETE", headers: ada.session });
  t.deepEqual(await jsonOf(revoked), { nextUri: "https://id.example/logout?provider=one&hint=token" });
  t.deepEqual([await status(ada), await status(bob), await status(eve)], [401, 200, 200]);
  const back = (token: string): Promise<Response> =>
    send("method/acme/one/revoke", { method: "POST", body: new URLSearchParams({ logout_token: token }) });
  t.deepEqual(await jsonOf(await back("forged:bob")), {
    code: 3,
    message: "revoke: invalid logout token",
    details: [],
  });
  t.is(await status(bob), 200);
  t.is((await back("signed:bob")).status, 200);
  t.deepEqual([await status(bob), await status(eve)], [401, 200]);
  const front = (iss: string): Promise<Response> =>
    send(`method/acme/one/revoke?${new URLSearchParams({ iss, sid: "session of eve" })}`);
  t.is((await front("https://evil.example")).status, 400);
  t.is(await status(eve), 200);
  const ended = await front("https://id.example");
  t.deepEqual([ended.status, ended.headers.get("cache-control")], [200, "no-store"]);
  t.regex(ended.headers.getSetCookie()[0] ?? "", /SameSite=None/);
  t.is(await status(eve), 401);
  t.is(await status(await login({ sub: "bob" })), 200, "who logs in again is in");
  const token = await send("self/revoke", { method: "DELETE", headers: { authorization: "Bearer static" } });
  t.deepEqual([token.status, await jsonOf(token)], [200, {}]);
  t.is((await send("self/expire", { method: "PUT", headers: { authorization: "Bearer static" } })).status, 404);
});

test("a session is ended by its id, and no other id is one", async (t) => {
  const { send, login } = await start(t);
  const { session } = await login();
  const { id } = (await jsonOf(await send("self", { headers: session }))) as { readonly id: string };
  const headers = { authorization: "Bearer static" };
  t.like(await jsonOf(await send("tokens", { headers: session })), { authentications: [{ id }], nextPageToken: "" });
  t.deepEqual(await jsonOf(await send("tokens", { headers })), { authentications: [], nextPageToken: "" });
  for (const other of ["ci", "x", "11111111-1111-4111-8111-111111111111", `${id.slice(0, -1)}_`]) {
    t.is((await send(`tokens/${other}`, { method: "DELETE", headers })).status, 404, other);
  }
  t.is((await send(`tokens/${id}`, { method: "DELETE", headers })).status, 200);
  t.is((await send("self", { headers: session })).status, 401);
});

test("what is too large for a cookie goes without the provider's token, or is refused and says why", async (t) => {
  const { send, login } = await start(t);
  const large = await login({ size: "6000", into: "token" });
  t.is(large.response.status, 302);
  t.true(large.token.length < 4000);
  const revoked = await send("self/revoke", { method: "DELETE", headers: large.session });
  t.deepEqual(await jsonOf(revoked), { nextUri: "https://id.example/logout?provider=one&hint=none" });
  const { response } = await login({ size: "6000" });
  t.is(response.status, 400);
  t.regex(String((await jsonOf(response)).message), /cookie of \d+ characters, and browsers keep/);
});

test("an exchange tells whom a service account's token stands for", async (t) => {
  const { send } = await start(t);
  const exchange = (token: string): Promise<Response> =>
    send("method/acme/serviceaccount", { method: "POST", body: JSON.stringify({ serviceAccountToken: token }) });
  t.deepEqual(await jsonOf(await exchange("pod")), {
    clientToken: "pod",
    authentication: { id: "", method: "METHOD_ACME", metadata: { "io.flipt.auth.k8s.namespace": "default" } },
  });
  t.is((await exchange("other")).status, 401);
  for (const path of ["method/github/authorize", "method/github/callback?state=x", "method/none/one/authorize"]) {
    t.is((await send(path)).status, 404, path);
  }
  t.is((await send("method/acme/three/authorize")).status, 400);
});

test("daemons with the same key take each other's sessions, and no others", async (t) => {
  const [one, two, other] = [
    await start(t),
    await start(t),
    await start(t, { session: { csrf: { key: "another one, of 32 characters or more" } } }),
  ];
  const { session, token } = await one.login();
  t.is((await two.send("self", { headers: session })).status, 200);
  t.is((await other.send("self", { headers: session })).status, 401);
  const parts = token.split(".");
  const bad = [
    ...parts.map((_, index) => parts.map((part, at) => (at === index ? "" : part)).join(".")),
    ...parts.map((_, index) => parts.map((part, at) => (at === index ? `${part.slice(0, -2)}AA` : part)).join(".")),
    `${token}.`,
    token.slice(1),
    "....",
    "a..b.c.d",
    Buffer.from('{"alg":"none"}').toString("base64url"),
  ].filter((one) => one !== token);
  for (const value of bad)
    t.is((await one.send("self", { headers: { authorization: `Bearer ${value}` } })).status, 401, value);
});

test.serial("a daemon that keeps what it stores keeps its key, for itself alone, and who was logged out", async (t) => {
  const before = process.env.STATE_DIRECTORY;
  const state = await temporaryDirectory(t);
  process.env.STATE_DIRECTORY = state;
  t.teardown(() => {
    if (before === undefined) delete process.env.STATE_DIRECTORY;
    else process.env.STATE_DIRECTORY = before;
  });
  const repository = join(await temporaryDirectory(t), "flags");
  await mkdir(repository);
  const options = { session: { csrf: {} }, storage: { backend: { type: "local", path: repository } } };
  const first = await start(t, options);
  const [stays, ended] = [await first.login(), await first.login()];
  t.is((await first.send("self/expire", { method: "PUT", headers: ended.session })).status, 200);
  await first.daemon.stop();
  for (const file of ["session.key", "revoked.json"])
    t.is((await stat(join(state, "access", file))).mode & 0o777, 0o600);
  const second = await start(t, options);
  t.is((await second.send("self", { headers: stays.session })).status, 200);
  t.is((await second.send("self", { headers: ended.session })).status, 401);
});
