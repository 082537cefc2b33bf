import test from "ava";
import { acmeDaemon as start } from "../helpers/access/acme-daemon.js";
import { RawConnection } from "../helpers/http/raw-exchange.js";

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";

  test.serial(`${processes}: a token of a megabyte is answered, told once, and shown to nobody`, async (t) => {
    const { daemon, login } = await start(t, { workers });
    const { token } = await login();
    const large = "canary".repeat(175_000);
    for (const header of [
      `Authorization: Bearer ${large}`,
      `Authorization: JWT ${large}`,
      `Cookie: flipt_client_token=${large}`,
      `Cookie: flipt_client_state=${large}`,
      `Cookie: flipt_client_token=${token}${large}`,
    ]) {
      const connection = await RawConnection.open(t, daemon.url());
      connection.write(`GET /auth/v1/self HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n`);
      const { status, body } = await connection.answer();
      t.is(status, 431, header.slice(0, 30));
      t.deepEqual(JSON.parse(body), {
        code: 3,
        message: "the request's line and headers have more than 65536 bytes",
        details: [],
      });
      await connection.ended();
    }
    const fits = await fetch(`${daemon.url()}/auth/v1/self`, {
      headers: { authorization: `Bearer ${"canary".repeat(10_000)}` },
    });
    t.is(fits.status, 401);
    t.is((await fetch(`${daemon.url()}/auth/v1/self`, { headers: { authorization: `Bearer ${token}` } })).status, 200);
    await daemon.stop();
    const lines = daemon.lines.filter(({ event }) => event === "http.refused");
    t.true(lines.length >= 1 && lines.length <= workers, `${lines.length} lines`);
    t.is(daemon.lines.filter(({ event }) => event === "auth.refused").length, 1);
    t.false(JSON.stringify(daemon.lines).includes("canarycanary"));
  });
}

test.serial(
  "a session of another instance, a changed one and an ended one are each told once, with the reason",
  async (t) => {
    const [one, other] = [
      await start(t),
      await start(t, { session: { csrf: { key: "another one, of 32 characters or more" } } }),
    ];
    const [foreign, own, ended] = [await other.login(), await one.login(), await one.login({ sub: "eve" })];
    t.is((await one.send("self/expire", { method: "PUT", headers: ended.session })).status, 200);
    const [header, , iv, text, tag] = own.token.split(".");
    const notOurs = /^the token is none of those configured, nor of a session of this key$/;
    const cases: Readonly<Record<string, readonly [token: string, reason: RegExp]>> = {
      "of another instance": [foreign.token, notOurs],
      "with another text": [`${header}..${iv}.${text?.replace(/^.{8}/, "AAAAAAAA")}.${tag}`, notOurs],
      "with another tag": [`${header}..${iv}.${text}.${tag?.replace(/^.{8}/, "AAAAAAAA")}`, notOurs],
      "without encryption": [`${Buffer.from('{"alg":"none"}').toString("base64url")}.e30.`, notOurs],
      "that is none": ["canary", notOurs],
      "that was ended": [ended.token, /^the session was ended$/],
    };
    for (const [what, [token, reason]] of Object.entries(cases)) {
      for (const headers of [{ authorization: `Bearer ${token}` }, { cookie: `flipt_client_token=${token}` }]) {
        const answer = await one.send("self", { headers });
        t.is(answer.status, 401, what);
        t.deepEqual(await answer.json(), { code: 16, message: "request was not authenticated", details: [] });
      }
      const told = one.daemon.lines.filter(
        ({ event, reason: why }) => event === "auth.refused" && reason.test(String(why)),
      );
      t.is(told.length, 1, what);
      t.false(JSON.stringify(one.daemon.lines).includes(token), what);
    }
    t.true(one.daemon.lines.some(({ event, actor }) => event === "auth.refused" && actor === "acme:one:eve"));
    t.is((await one.send("self", { headers: own.session })).status, 200);
  },
);
