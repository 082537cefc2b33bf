import test, { type ExecutionContext } from "ava";
import { type Json, type RunningDaemon, runDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { freePort } from "../helpers/network/free-port.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const PATH = "default/features.yaml";
const flags = (enabled: boolean | undefined, other = 1): string => {
  const watched = enabled === undefined ? "" : `- {key: f, name: F, type: BOOLEAN_FLAG_TYPE, enabled: ${enabled}}\n`;
  return `namespace: default\nflags:\n${watched}- {key: o, name: O ${other}, type: BOOLEAN_FLAG_TYPE, enabled: true}\n`;
};

function serve(t: ExecutionContext, { path }: TemporaryRepository, port: number): Promise<RunningDaemon> {
  const storage = { default: { backend: { type: "local", path } } };
  return startDaemon(t, { config: { storage, server: { http_port: port } } });
}

const watch = (t: ExecutionContext, ...args: string[]): Promise<RunningDaemon> =>
  runDaemon(t, ["evaluate", "f", "--entity", "ada", "--watch", ...args], { start: "any" });

/** Values of the lines so far, without their times. */
const values = ({ lines }: RunningDaemon): readonly string[] =>
  lines.map(({ text }) => String(text).split("  ")[1] ?? "");

test("evaluate --watch prints each other answer once, across a restart of the daemon, until Ctrl-C", async (t) => {
  t.timeout(180_000);
  const repository = await temporaryRepository(t, { files: { [PATH]: flags(true) } });
  const port = await freePort();
  const first = await serve(t, repository, port);
  const watching = await watch(t, "--url", first.url);
  const seen = (count: number) => watching.line(() => watching.lines.length >= count);
  await seen(1);
  // Another flag of the namespace changes: that is an event, and no other answer.
  const resources = "/api/v2/environments/default/namespaces/default/resources";
  const put = (key: string, enabled: boolean) => {
    const payload = { "@type": "flipt.core.Flag", name: key, type: 1, enabled };
    return first.call("PUT", resources, { key, payload });
  };
  await put("o", false);
  await put("f", false);
  await seen(2);
  await first.call("DELETE", `${resources}/flipt.core.Flag/f`);
  await seen(3);
  await first.stop();
  await repository.commit({ [PATH]: flags(true, 2) });
  const second = await serve(t, repository, port);
  await seen(4);
  const off = "false (reason default)";
  const on = "true (reason default)";
  t.deepEqual(values(watching), [on, off, "(no such flag)", on]);
  for (const { text } of watching.lines) t.regex(String(text), /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}/);
  t.regex(
    watching.stderr(),
    /^(?:the daemon|the connection|no daemon) .*; trying again until Ctrl-C\nconnected again\n$/,
  );
  t.is(await watching.stop("SIGINT"), 0);
  t.is(await second.stop(), 0);
});

test("evaluate --watch prints objects for programs, and ends by its exit code where it cannot begin or go on", async (t) => {
  t.timeout(180_000);
  const repository = await temporaryRepository(t, { files: { [PATH]: flags(true) } });
  const daemon = await serve(t, repository, 0);
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["f", "--url", "http://127.0.0.1:2"], 2, /no daemon answers/],
    [["nope", "--url", daemon.url], 1, /flag "default\/nope" not found/],
    [["f", "--url", daemon.url, "-e", "nope"], 1, /environment: "nope" not found/],
    [["f", "--url", daemon.url, "--at", "HEAD"], 1, /--watch is of what is served/],
  ];
  for (const [args, code, reason] of cases) {
    const ended = await runDaemon(t, ["evaluate", ...args, "--watch"], { start: "any" });
    t.is(await ended.exited, code, args.join(" "));
    t.regex(ended.stderr(), reason);
  }
  const watching = await watch(t, "--url", daemon.url, "--json");
  const { booleanResponse, time } = (await watching.line(() => watching.lines.length > 0)) as Json;
  t.is(booleanResponse.enabled, true);
  t.false(Number.isNaN(Date.parse(time)));
  t.is(await watching.stop("SIGTERM"), 0);
});

test("evaluate --watch ends when the daemon does not take its credential any more", async (t) => {
  t.timeout(180_000);
  const repository = await temporaryRepository(t, { files: { [PATH]: flags(true) } });
  const port = await freePort();
  const start = (credential: string): Promise<RunningDaemon> => {
    const methods = { token: { enabled: true, storage: { tokens: { ci: { credential } } } } };
    const config = {
      storage: { default: { backend: { type: "local", path: repository.path } } },
      authentication: { required: true, methods },
      server: { http_port: port },
    };
    return startDaemon(t, { config });
  };
  const first = await start("before");
  const watching = await runDaemon(t, ["evaluate", "f", "--watch", "--url", first.url], {
    start: "any",
    env: { VEXIL_TOKEN: "before" },
  });
  await watching.line(() => watching.lines.length > 0);
  await first.stop();
  await start("after");
  t.is(await watching.exited, 2);
  t.regex(watching.stderr(), /Error: .*not (?:authenticated|take the credential)/);
});
