import test, { type ExecutionContext } from "ava";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { memoryOf } from "../helpers/daemon/process-memory.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { type HostileGitServer, startHostileGitServer } from "../helpers/git-servers/hostile-git-server.js";
import {
  deepTrees,
  deltaBombs,
  deltaChain,
  type HostilePack,
  incompressible,
  lyingCount,
  lyingSize,
  tinyObjects,
  wideTrees,
  zlibBombs,
} from "../helpers/git-servers/hostile-packs.js";

const MEGABYTE = 2 ** 20;
/** Memory above which no remote raises the process, with the default limits. */
const MOST_MEGABYTES = 700;

interface Started {
  readonly daemon: RunningDaemon;
  readonly server: HostileGitServer;
  /** Lets the remote send a pack for its branch; resolves to what the storage says of it. */
  poll(pack: HostilePack): Promise<string>;
  memory(): { readonly now: number; readonly peak: number };
}

/** The built daemon with the default limits, and a remote that has been good so far. */
async function start(t: ExecutionContext, backend: "memory" | "local", limits: object = {}): Promise<Started> {
  const server = await startHostileGitServer(t, { type: "pack", pack: tinyObjects(1) });
  const path = await temporaryDirectory(t);
  const storage = {
    remote: server.url,
    poll_interval: "1h",
    fetch_policy: "lenient",
    timeouts: { total: "200s" },
    limits,
    backend: backend === "local" ? { type: "local", path: `${path}/flags.git` } : { type: "memory" },
  };
  const daemon = await startDaemon(t, { config: { storage: { default: storage } } });
  await daemon.line(({ event }) => event === "fetch.succeeded");
  return {
    daemon,
    server,
    poll: async (pack) => {
      const chunks = [...pack.chunks()];
      server.turn({ type: "pack", pack: { commit: pack.commit, chunks: () => chunks } });
      const { body } = await daemon.post("/api/storages/default/sync?wait=true", {});
      return body.state === "ready" ? "ready" : body.lastError.message;
    },
    memory: () => memoryOf(daemon.child.pid as number),
  };
}

const TOO_LARGE = /more than limits\.pack_bytes allows \(512000000 bytes\)/;

for (const backend of ["memory", "local"] as const) {
  test.serial(
    `packs that unpack to gigabytes leave the process small, and it gives the memory back: ${backend}`,
    async (t) => {
      t.timeout(240_000);
      const { daemon, poll, memory } = await start(t, backend);
      const before = memory().now;
      t.regex(await poll(zlibBombs(700, MEGABYTE)), TOO_LARGE);
      t.regex(await poll(deltaBombs(100, 60)), TOO_LARGE);
      t.regex(await poll(lyingSize(500 * MEGABYTE)), /has an object of 524288000 bytes/);
      t.regex(await poll(lyingCount(5_000_000)), /ended too early|is damaged/);
      t.regex(await poll(lyingCount(6_000_000)), /holds 6000000 objects, which count 100 bytes each at least/);
      t.true(memory().peak < before + 150, `${memory().peak} MB where ${before} were before`);
      // What is within the limit is taken as far as the store takes it.
      const outcome = backend === "local" ? /^ready$/ : /max_size allows 201326592/;
      t.regex(await poll(zlibBombs(7, 60 * MEGABYTE)), outcome);
      t.regex(await poll(deltaChain(300)), outcome);
      t.true(memory().peak < MOST_MEGABYTES, `${memory().peak} MB`);
      t.is((await daemon.get("/health/live")).status, 200);
      // Of some 500 MB; how much the allocator keeps for its next use differs from run to run.
      await eventually(
        async () => memory().now,
        (now) => now < before + 200,
      );
    },
  );
}

test.serial("a large download leaves nothing in memory on its way to the disk", async (t) => {
  t.timeout(240_000);
  const { poll, memory } = await start(t, "local");
  const before = memory().now;
  t.is(await poll(incompressible(220, MEGABYTE)), "ready");
  // It comes in lots of 32 MB, which are compressed anew, and garbage is collected some time later.
  t.true(memory().peak < before + 400, `${memory().peak} MB where ${before} were before`);
});

test.serial("trees of endless paths and endless width cost a bounded time and memory", async (t) => {
  t.timeout(240_000);
  const { poll, memory } = await start(t, "memory");
  t.is(await poll(deepTrees(2000, 250)), "ready");
  t.regex(await poll(wideTrees(6, 60)), /lists more than 1000000 files and directories/);
  t.true(memory().peak < MOST_MEGABYTES, `${memory().peak} MB`);
});

test.serial("limits.pack_bytes counts what objects unpack to, a hundred bytes each at least", async (t) => {
  const { poll } = await start(t, "memory", { pack_bytes: "1MB" });
  t.is(await poll(zlibBombs(9, 100_000)), "ready");
  t.regex(await poll(zlibBombs(10, 100_000)), /the download unpacks to more than that/);
  t.is(await poll(tinyObjects(9_900)), "ready");
  t.regex(await poll(tinyObjects(9_997)), /holds 10001 objects/);
});
