import test from "ava";
import { eventually, startDaemon } from "../helpers/daemon/daemon.js";
import { memoryOf } from "../helpers/daemon/process-memory.js";
import { startHostileGitServer } from "../helpers/git-servers/hostile-git-server.js";
import { tinyObjects, zlibBombs } from "../helpers/git-servers/hostile-packs.js";

const REMOTES = 4;
const ROUNDS = 6;
/** Unpacked. What came in the last seconds is kept, so how much is held at a time depends on the machine's pace. */
const sizeOf = (remote: number, round: number): number => (8 + ((remote * 7 + round * 5) % 20)) * 2 ** 20;
/** Most that the default backends may hold, and half as much again on its way there. */
const MORE_MEGABYTES = REMOTES * 192 * 1.5;
/** Of threads that unpacked, and of what the allocator kept for each, some 400 MB were left for good. */
const LEFT_MEGABYTES = 300;
const GIVEN_BACK_MS = 120_000;

test("several remotes that send large objects at once leave the process small, and it gives the memory back", async (t) => {
  t.timeout(300_000);
  const servers = await Promise.all(
    Array.from({ length: REMOTES }, () => startHostileGitServer(t, { type: "pack", pack: tinyObjects(1) })),
  );
  const ids = servers.map((_, index) => `remote${index}`);
  const daemon = await startDaemon(t, {
    config: {
      storage: Object.fromEntries(
        servers.map(({ url }, index) => [
          ids[index],
          { remote: url, poll_interval: "1h", fetch_policy: "lenient", timeouts: { total: "200s" } },
        ]),
      ),
      environments: Object.fromEntries(ids.map((id, index) => [id, { storage: id, default: index === 0 }])),
    },
  });
  const memory = () => memoryOf(daemon.child.pid as number);
  const before = memory().now;
  const poll = async (index: number, pack: ReturnType<typeof zlibBombs>): Promise<void> => {
    const chunks = [...pack.chunks()];
    servers[index]?.turn({ type: "pack", pack: { commit: pack.commit, chunks: () => chunks } });
    const { body } = await daemon.post(`/api/storages/${ids[index]}/sync?wait=true`, {});
    t.is(body.state, "ready", JSON.stringify(body.lastError));
  };
  await Promise.all(
    ids.map(async (_, index) => {
      for (let round = 0; round < ROUNDS; round += 1)
        await poll(index, zlibBombs(1 + (round % 2), sizeOf(index, round)));
    }),
  );
  const { peak } = memory();
  t.true(peak < before + MORE_MEGABYTES, `${peak} MB where ${before} were before`);
  // Nothing of it is needed any more.
  await Promise.all(ids.map((_, index) => poll(index, tinyObjects(2 + index))));
  await eventually(
    async () => memory().now,
    (now) => now < before + LEFT_MEGABYTES,
    GIVEN_BACK_MS,
  );
  t.log(`${before} MB before, ${peak} at most, ${memory().now} afterwards`);
});
