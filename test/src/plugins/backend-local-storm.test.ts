import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { openRepository } from "@vexil/git/repository";
import test from "ava";
import { openLocal } from "../helpers/plugins/local-backend.js";
import { FEATURES, user } from "../helpers/repositories/user.js";

const MAIN = "refs/heads/main";
/** How long the storm lasts, in milliseconds. */
const STORM_MS = Number(process.env.VEXIL_STORM_MS ?? 8000);
const WRITES_PER_SECOND = 4;

test("beside a user who edits, adds, commits, stashes and collects garbage, nobody's work is lost", async (t) => {
  t.timeout(STORM_MS + 60_000);
  const human = await user(t, { "ours/features.yaml": FEATURES, "mine/features.yaml": FEATURES, "notes.txt": "0\n" });
  const backend = await openLocal(t, human.path, { watch: false });
  const repository = openRepository(backend);
  const until = performance.now() + STORM_MS;
  /** Until the storm is over; whoever had no turn by then gets one. */
  const goesOn = (done: readonly string[]): boolean => {
    const now = performance.now();
    return now < until || (done.length === 0 && now < until + 30_000);
  };

  let commands = 0;
  const met: string[] = [];
  /** A user tries again when git says that somebody else was faster. */
  const git = async (...args: string[]): Promise<string> => {
    for (;;) {
      commands += 1;
      try {
        return await human.git(...args);
      } catch (error) {
        const message = String(error);
        // `git stash`, and its `pop`, say nothing when they find the index locked (builtin/stash.c asks for that).
        if (!/index\.lock|cannot lock ref|is at [0-9a-f]+ but expected|stash(?: pop)?: exit 1: \s*$/.test(message))
          throw error;
        met.push(message);
        await delay(10);
      }
    }
  };

  const ours: string[] = [];
  const daemon = async (): Promise<void> => {
    for (let round = 0; goesOn(ours); round += 1) {
      const started = performance.now();
      const old = (await backend.refs.list(MAIN)).get(MAIN) ?? "";
      const base = await repository.readCommit(old);
      const commit = await repository.makeCommit({
        parents: [old],
        baseTree: base?.tree,
        changes: new Map([
          ["ours/features.yaml", Buffer.from(`# ${round}\n`)],
          [`ours/${round % 3}/features.yaml`, round % 2 === 0 ? Buffer.from(`# ${round}\n`) : undefined],
        ]),
        author: { name: "Vexil", email: "vexil@example.com" },
        message: `ours ${round}`,
        timestampMs: Date.now(),
        instance: "test",
      });
      await backend.objects.write(commit.objects);
      const update = { ref: MAIN, old, new: commit.oid, reason: "commit: ours" };
      const applied = await backend.workTree?.apply(update, AbortSignal.timeout(10_000));
      t.not(applied?.type, "edited", JSON.stringify(applied));
      if (applied?.type === "applied") ours.push(commit.oid);
      await delay(Math.max(0, 1000 / WRITES_PER_SECOND - (performance.now() - started)));
    }
  };

  const mine: string[] = [];
  const work = async (): Promise<void> => {
    for (let round = 1; goesOn(mine); round += 1) {
      await human.edit({ "mine/features.yaml": `# ${round}\n` });
      await git("add", "mine/features.yaml");
      if (round % 3 === 0) {
        await git("stash");
        await git("stash", "pop");
      }
      await human.edit({ "notes.txt": `${round}\n` });
      await git("commit", "-qam", `mine ${round}`);
      mine.push(`mine ${round}`);
      t.is(await human.read("notes.txt"), `${round}\n`);
      if (round % 10 === 0) await git("gc", "-q", "--prune=now");
    }
  };

  await Promise.all([daemon(), work()]);
  // A look, as the daemon takes every now and then.
  const scan = await backend.workTree?.scan(() => true, AbortSignal.timeout(10_000));
  // A reset inside `git stash` that had begun before a commit of ours sets the branch back. What could not be put back at
  // once, the engine is told of, and makes it again.
  const told = new Set(scan?.discarded);
  t.is(await human.status(), "");
  const log = (await human.git("log", "--format=%s %H")).split("\n");
  for (const subject of mine) t.is(log.filter((line) => line.startsWith(`${subject} `)).length, 1, subject);
  for (const commit of ours) t.true(told.has(commit) || log.some((line) => line.endsWith(commit)), commit);
  // None of ours is in a commit of theirs, and the other way round.
  for (const line of log) {
    const files = (await human.git("show", "--format=", "--name-only", line.slice(-40))).split("\n");
    if (line.startsWith("mine"))
      t.false(
        files.some((file) => file.startsWith("ours")),
        line,
      );
    if (line.startsWith("ours"))
      t.true(
        files.every((file) => file.startsWith("ours")),
        line,
      );
  }
  await human.git("fsck", "--strict");
  t.log(
    `${commands} commands, ${mine.length} commits of theirs, ${ours.length} of ours, ${told.size} to be made again, ${met.length} met a lock`,
  );
  t.true(ours.length > 0 && mine.length > 0);
});
