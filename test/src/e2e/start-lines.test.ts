import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { eventually, type Json, startDaemon } from "../helpers/daemon/daemon.js";
import { type InProcessDaemon, inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const stateOf = async ({ url }: InProcessDaemon): Promise<unknown> =>
  ((await (await fetch(`${url()}/api/status`)).json()) as Json).storages[0].state;

/** Lines of one storage's states. */
const told = ({ lines }: InProcessDaemon): readonly string[] =>
  lines.map(({ event }) => event).filter((event) => event.startsWith("storage."));

async function start(t: ExecutionContext, more: Json = {}) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startGitHttpServer(t, repository.path);
  const main = { remote: server.url, poll_interval: "1s", ...more };
  const config = { storage: { main }, environments: { default: { storage: "main", default: true } } };
  const again = () => startGitHttpServer(t, repository.path, { port: server.port });
  return { server, again, make: () => inProcessDaemon(t, config) };
}

test.serial("the first good load after a lenient start is no stale state", async (t) => {
  const { server, again, make } = await start(t, { fetch_policy: "lenient" });
  await server.close();
  const daemon = await make();
  await daemon.start();
  await eventually(
    async () => daemon.lines,
    (lines) => lines.some(({ event }) => event === "fetch.failed"),
  );
  t.is(await stateOf(daemon), "starting");
  await again();
  await eventually(
    () => stateOf(daemon),
    (state) => state === "ready",
  );
  t.deepEqual(told(daemon), ["storage.ready"]);
});

test.serial("an old state is stale as soon as the remote is away, also at a start", async (t) => {
  const backend = { type: "local", path: join(await temporaryDirectory(t), "store") };
  const { server, again, make } = await start(t, { fetch_policy: "lenient", backend });
  const first = await make();
  await (await first.start()).settled;
  await server.close();
  await eventually(
    () => stateOf(first),
    (state) => state === "stale",
  );
  await first.stop();
  const second = await make();
  await second.start();
  await eventually(
    () => stateOf(second),
    (state) => state === "stale",
  );
  await again();
  await eventually(
    () => stateOf(second),
    (state) => state === "ready",
  );
  t.deepEqual(told(second), ["storage.ready", "storage.stale", "storage.recovered"]);
});

test.serial("a start that fails does not say that anything is served", async (t) => {
  const { server, make } = await start(t);
  await server.close();
  const daemon = await make();
  await t.throwsAsync(async () => (await daemon.start()).settled, { code: "VEXIL_CONNECTION_REFUSED" });
  const failed = daemon.lines.find(({ event }) => event === "storage.failed");
  t.like(failed, { level: "error", code: "VEXIL_CONNECTION_REFUSED", serving: false });
  t.notRegex(String(failed?.message), /served/);
});

test.serial("a storage that fails later says that its last state is served", async (t) => {
  const { server, make } = await start(t);
  const daemon = await make();
  await (await daemon.start()).settled;
  await server.close();
  await eventually(
    () => stateOf(daemon),
    (state) => state === "failed",
  );
  t.like(
    daemon.lines.find(({ event }) => event === "storage.failed"),
    { serving: true },
  );
});

test.serial("any number of sinks begins and ends without a word of Node's among the lines", async (t) => {
  const directory = await temporaryDirectory(t);
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
  const daemon = await startDaemon(t, {
    config: {
      storage: { default: { backend: { type: "local", path: repository.path } } },
      sinks: Object.fromEntries(names.map((name) => [name, { type: "file", path: join(directory, name) }])),
    },
  });
  t.is(await daemon.stop(), 0);
  t.is(daemon.stderr(), "");
});
