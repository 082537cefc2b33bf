import test from "ava";
import { acmeDaemon as start } from "../helpers/access/acme-daemon.js";
import { localClient } from "../helpers/http/local-client.js";

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";

  test.serial(`${processes}: a thousand logins with wrong codes cost their address, and nobody else`, async (t) => {
    const { daemon } = await start(t, { workers });
    const attacker = localClient(t, daemon.url());
    const other = localClient(t, daemon.url(), { localAddress: "127.0.0.2" });
    const wrong = "/auth/v1/method/acme/one/callback?code=canary-code&state=canary-state";
    const began = performance.now();
    const flood = Promise.all(Array.from({ length: 1000 }, () => attacker(wrong)));
    const beside = await Promise.all([
      attacker("/health"),
      other("/health"),
      other("/auth/v1/method/acme/one/authorize"),
      other("/auth/v1/method"),
      other(wrong),
    ]);
    t.deepEqual(
      beside.map(({ status }) => status),
      [200, 200, 200, 200, 401],
    );
    const answers = await flood;
    const refused = answers.filter(({ status }) => status === 401);
    const limited = answers.filter(({ status }) => status === 429);
    // On a machine that is busy enough a minute passes, and a hundred more are heard.
    const minutes = Math.ceil((performance.now() - began) / 60_000);
    t.true(refused.length >= 100 && refused.length <= 100 * minutes, `${refused.length} were heard`);
    t.is(refused.length + limited.length, 1000);
    const waits = limited.map(({ headers }) => Number(headers["retry-after"]));
    t.true(waits.every((seconds) => seconds >= 1 && seconds <= 60));
    t.is((await other(wrong)).status, 401, "who comes from elsewhere is heard");
    const metrics = await (await fetch(`${daemon.url()}/metrics`)).text();
    t.regex(metrics, /vexil_auth_total\{method="acme",result="refused"\} 1002\b/);
    await daemon.stop();
    const lines = daemon.lines.filter(({ event }) => event === "auth.refused");
    t.true(lines.length <= 6 * minutes, `${lines.length} lines`);
    const counted = lines.reduce((sum, { repeated = 1 }) => sum + Number(repeated), 0);
    t.is(counted, 1002);
    t.false(JSON.stringify(daemon.lines).includes("canary"));
  });
}
