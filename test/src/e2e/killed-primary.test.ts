import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import test from "ava";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { freePort } from "../helpers/network/free-port.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const WORKERS = 2;
/** Long enough on any machine for a worker to have no eye for anything else. */
const BATCH = JSON.stringify({
  requests: Array.from({ length: 10_000 }, (_, index) => ({ flagKey: "banner", entityId: `user-${index}` })),
});

/** Children of a daemon whose command line has these words, as the system knows them. */
function childrenOf({ child }: RunningDaemon, words: string): readonly number[] {
  const { stdout } = spawnSync("ps", ["-ww", "-o", "pid=,args=", "--ppid", String(child.pid)], { encoding: "utf8" });
  return stdout.split("\n").flatMap((line) => (line.includes(words) ? [Number.parseInt(line, 10)] : []));
}

const workersOf = (daemon: RunningDaemon): readonly number[] => childrenOf(daemon, "/worker.js");

/** One that has ended counts as gone, though nobody may have taken note of its end yet. */
function isThere(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}

for (const state of ["busy", "stopped"] as const) {
  test.serial(
    `workers that are ${state} end with the daemon when it is killed, and the next one has its port`,
    async (t) => {
      const cwd = await temporaryDirectory(t);
      const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
      const port = await freePort();
      const config = {
        server: { workers: WORKERS, http_port: port },
        storage: { default: { remote: repository.path, backend: { type: "local", path: join(cwd, "store") } } },
      };
      const daemon = await startDaemon(t, { cwd, config });
      const workers = workersOf(daemon);
      t.is(workers.length, WORKERS);
      t.teardown(() => {
        for (const pid of workers) if (isThere(pid)) process.kill(pid, "SIGKILL");
      });
      let asking = true;
      let answered = 0;
      const ask = async (): Promise<void> => {
        while (asking) {
          const response = await fetch(`${daemon.url}/evaluate/v1/batch`, { method: "POST", body: BATCH });
          await response.arrayBuffer();
          answered += 1;
        }
      };
      const clients = Array.from({ length: 8 }, () => ask().catch(() => {}));
      await eventually(
        async () => answered,
        (count) => count >= 8,
      );
      if (state === "stopped") for (const pid of workers) process.kill(pid, "SIGSTOP");
      daemon.child.kill("SIGKILL");
      const next = await startDaemon(t, { cwd, config });
      // A killed process gives its port back a moment before it is gone.
      await eventually(
        async () => workers.filter(isThere),
        (pids) => pids.length === 0,
      );
      asking = false;
      await Promise.all(clients);
      t.is((await next.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "u" })).status, 200);
      t.is(await next.stop(), 0);
      t.deepEqual(workersOf(next), []);
    },
  );
}

test("a process that keeps watch over the workers is replaced when it is killed itself", async (t) => {
  const daemon = await startDaemon(t, { config: { server: { workers: WORKERS } } });
  const shells = (): readonly number[] => childrenOf(daemon, "trap");
  const [shell = 0, ...others] = shells();
  t.deepEqual(others, []);
  const workers = workersOf(daemon);
  process.kill(shell, "SIGKILL");
  await eventually(
    async () => shells(),
    (pids) => pids.length === 1 && !pids.includes(shell),
  );
  for (const pid of workers) process.kill(pid, "SIGSTOP");
  daemon.child.kill("SIGKILL");
  await eventually(
    async () => workers.filter(isThere),
    (pids) => pids.length === 0,
  );
  t.deepEqual(workers.filter(isThere), []);
});

/** Tells, as soon as it is so, that a daemon has begun to start workers. */
async function hasForked({ child }: RunningDaemon): Promise<void> {
  const isWorker = (pid: string): boolean => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("/worker.js");
  while (child.exitCode === null) {
    try {
      const pids = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ");
      if (pids.some((pid) => pid !== "" && isWorker(pid))) return;
    } catch {
      // It has gone in this very moment.
    }
    await delay(1);
  }
}

test("workers whose primary is killed while they start end without a word", async (t) => {
  for (let round = 0; round < 3; round += 1) {
    const daemon = await startDaemon(t, { config: { server: { workers: 4 } }, start: "any" });
    await hasForked(daemon);
    daemon.child.kill("SIGKILL");
    // All of them have written what they had to say once the last one has closed its output.
    t.is(await daemon.exited, "SIGKILL");
    t.is(daemon.stderr(), "");
  }
});

test("workers read their code while the first poll is under way, and end with a daemon that never serves", async (t) => {
  const sockets: Socket[] = [];
  const remote = createServer((socket) => void sockets.push(socket)).listen(0, "127.0.0.1");
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    remote.close();
  });
  await once(remote, "listening");
  const { port } = remote.address() as AddressInfo;
  const timeouts = { connect: "60s", first_byte: "60s", idle: "60s", total: "120s", push: "60s" };
  const storage = { remote: `http://127.0.0.1:${port}/flags.git`, fetch_policy: "strict", timeouts };
  const config = { server: { workers: WORKERS }, storage: { default: storage } };
  const daemon = await startDaemon(t, { config, start: "any" });
  const workers = await eventually(
    async () => workersOf(daemon),
    (pids) => pids.length === WORKERS,
  );
  t.false(
    daemon.lines.some(({ event }) => event === "daemon.ready"),
    "the remote has not answered",
  );
  t.is(await daemon.stop(), 0);
  t.deepEqual(workers.filter(isThere), []);
  t.false(daemon.lines.some(({ event }) => event === "worker.died"));
});
