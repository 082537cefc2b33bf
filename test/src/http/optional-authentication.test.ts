import test from "ava";
import { acmeDaemon as start } from "../helpers/access/acme-daemon.js";
import { openStream } from "../helpers/http/open-stream.js";

const NAMESPACES = "/api/v2/environments/default/namespaces";
const CREDENTIALS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  none: {},
  "a good token": { authorization: "Bearer static" },
  "a wrong token": { authorization: "Bearer wrong" },
  "a wrong scheme": { authorization: "Basic eDp5" },
  "a token of no issuer": { authorization: "JWT a.b.c" },
  "a wrong cookie": { cookie: "flipt_client_token=wrong" },
};

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";

  test.serial(`${processes}: where nobody has to log in, no credential keeps anybody out`, async (t) => {
    const { daemon, send, login } = await start(t, { workers, required: false });
    const { session, response } = await login();
    t.is(response.status, 302, "logins work all the same");
    for (const [what, headers] of Object.entries({ ...CREDENTIALS, "a session": session })) {
      const status = async (path: string, init: RequestInit = {}): Promise<number> =>
        (await fetch(`${daemon.url()}${path}`, { ...init, headers: { ...headers, connection: "close" } })).status;
      t.is(await status(NAMESPACES), 200, what);
      const key = what.replaceAll(" ", "-");
      t.is(await status(NAMESPACES, { method: "POST", body: JSON.stringify({ key, name: what }) }), 200, what);
      t.is(await status("/evaluate/v1/batch", { method: "POST", body: '{"requests":[]}' }), 200, what);
      t.is(await status("/ofrep/v1/evaluate/flags", { method: "POST", body: "{}" }), 200, what);
      t.is(await status("/meta/info"), 200, what);
      const stream = `${daemon.url()}/client/v2/environments/default/namespaces/default/stream`;
      t.is((await openStream(t, stream, headers)).status, 200, what);
      t.is((await send("self", { headers })).status, 401, what);
    }
    const info = await (await fetch(`${daemon.url()}/meta/info`)).json();
    t.like(info, { authentication: { required: false } });
  });
}
