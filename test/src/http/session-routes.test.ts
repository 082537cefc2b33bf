import test from "ava";
import { jsonOf, acmeDaemon as start } from "../helpers/access/acme-daemon.js";

const STATIC = { authorization: "Bearer static" };
const CLEARED = [/^flipt_client_token=;.*Max-Age=0/, /^flipt_client_state=;.*Max-Age=0/];
const UNKNOWN = { code: 5, message: "getting authentication by id not found", details: [] };

for (const workers of [1, 2]) {
  test.serial(`what ends a session takes its cookies away, whatever comes of it (${workers} processes)`, async (t) => {
    const { send, login } = await start(t, { workers });
    const { session } = await login();
    const calls: [what: string, path: string, method: string, headers: Record<string, string>, status: number][] = [
      ["a static token", "self/expire", "PUT", STATIC, 404],
      ["a static token", "self/revoke", "DELETE", STATIC, 200],
      ["nobody", "self/expire", "PUT", {}, 401],
      ["nobody", "self/revoke", "DELETE", {}, 401],
      ["a session that is none", "self/revoke", "DELETE", { cookie: "flipt_client_token=x" }, 401],
      ["a session", "self/expire", "PUT", session, 200],
      ["a session that has ended", "self/expire", "PUT", session, 401],
    ];
    for (const [what, path, method, headers, status] of calls) {
      const response = await send(path, { method, headers });
      t.is(response.status, status, `${method} ${path} of ${what}`);
      const cookies = response.headers.getSetCookie();
      t.is(cookies.length, 2, `${method} ${path} of ${what}`);
      for (const [index, pattern] of CLEARED.entries()) t.regex(cookies[index] ?? "", pattern);
    }
    t.deepEqual((await send("self", { headers: STATIC })).headers.getSetCookie(), []);
  });
}

test.serial("of sessions those are listed that are asked for, by name or number of their method", async (t) => {
  const { send, login } = await start(t);
  const { session } = await login();
  const list = async (query: string): Promise<readonly [number, unknown]> => {
    const response = await send(`tokens${query}`, { headers: session });
    const { authentications, message } = await jsonOf(response);
    return [response.status, (authentications as readonly unknown[] | undefined)?.length ?? message];
  };
  for (const query of ["", "?method=", "?method=METHOD_NONE", "?method=0", "?method=METHOD_ACME", "?limit=1"]) {
    t.deepEqual(await list(query), [200, 1], query);
  }
  for (const query of ["?method=METHOD_OIDC", "?method=2", "?method=METHOD_TOKEN&limit=5&pageToken="]) {
    t.deepEqual(await list(query), [200, 0], query);
  }
  const odd = "is not a method, such as METHOD_TOKEN";
  t.deepEqual(await list("?method=nope"), [400, `parsing field "method": "nope" ${odd}`]);
  t.deepEqual(await list("?method=9"), [400, `parsing field "method": "9" ${odd}`]);
  t.deepEqual(await list("?limit=x"), [400, 'parsing field "limit": "x" is not a 32-bit integer']);
});

test.serial("a session is shown and ended by its id, and nothing else is", async (t) => {
  const { send, login } = await start(t);
  const { session } = await login();
  const { id } = await jsonOf(await send("self", { headers: session }));
  t.like(await jsonOf(await send(`tokens/${id}`, { headers: session })), { id, method: "METHOD_ACME" });
  for (const method of ["GET", "DELETE"]) {
    for (const other of ["ci", "nope", "00000000-0000-4000-8000-000000000000"]) {
      const response = await send(`tokens/${other}`, { method, headers: session });
      t.is(response.status, 404, `${method} ${other}`);
      t.deepEqual(await jsonOf(response), UNKNOWN);
    }
  }
  t.is((await send("tokens", { method: "POST", headers: session, body: "{}" })).status, 501);
  t.is((await send(`tokens/${id}`, { method: "DELETE", headers: STATIC })).status, 200);
  t.is((await send("self", { headers: session })).status, 401);
});

test.serial("a login is where its provider has one, and nowhere else", async (t) => {
  const { send } = await start(t);
  for (const [place, status] of [
    ["acme/one", 200],
    ["acme/three", 400],
    ["acme", 404],
    ["token", 404],
    ["github", 404],
    ["ACME/one", 404],
  ] as const) {
    t.is((await send(`method/${place}/authorize`)).status, status, place);
  }
});
