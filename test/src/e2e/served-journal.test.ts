import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const PATH = "default/features.yaml";
const flags = (enabled: boolean): string =>
  `namespace: default\nflags:\n- {key: f, name: F, type: BOOLEAN_FLAG_TYPE, enabled: ${enabled}}\n`;
const now = (): string => new Date().toISOString();

test("a time is answered by what was served then, across kill -9, whatever the dates of the commits", async (t) => {
  t.timeout(300_000);
  const repository = await temporaryRepository(t, { files: { [PATH]: flags(false) } });
  const config = { storage: { default: { backend: { type: "local", path: repository.path } } } };
  const evaluate = async (daemon: RunningDaemon, at?: string) => {
    const body = { flagKey: "f", entityId: "e", ...(at === undefined ? {} : { at }) };
    return (await daemon.post("/evaluate/v1/boolean", body)).body;
  };
  const first = await startDaemon(t, { config });
  const early = now();
  const then = await evaluate(first, early);
  t.deepEqual([then.enabled, then.at?.kind], [false, "served"], JSON.stringify(then));
  // By the date of its commit it would have been served all the time.
  // Made aside: what the branch is at for a moment would be served for that moment.
  const aside = await repository.commit({ [PATH]: flags(true) }, { branch: "aside" });
  const date = "2001-01-01T00:00:00Z";
  const tree = await repository.git("rev-parse", `${aside}^{tree}`);

  const env = { GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date };
  const args = ["-C", repository.path, "commit-tree", tree, "-p", "main", "-m", "old"];
  const old = await nativeGit(args, { env });
  await repository.git("update-ref", "refs/heads/main", old);
  await eventually(
    () => evaluate(first),
    ({ enabled }) => enabled === true,
  );
  const late = now();
  const changed = await evaluate(first, late);
  t.deepEqual([changed.revision, changed.at.kind], [old, "served"]);
  // What is on the disk counts after a kill: lines are written within a moment.
  await eventually(
    () => readFile(join(repository.path, "vexil", "served.jsonl"), "utf8"),
    (journal) => journal.includes(old),
  );
  await first.stop("SIGKILL");

  const second = await startDaemon(t, { config });
  const [before, after] = [await evaluate(second, early), await evaluate(second, late)];
  t.deepEqual([before.enabled, before.at.kind, before.at.daemon], [false, "served", then.at.daemon]);
  const present = await evaluate(second, now());
  t.deepEqual([present.enabled, present.at.kind], [true, "served"]);
  t.not(present.at.daemon, then.at.daemon);
  // The daemon was last known to live when it wrote its last line.
  t.true(after.at.kind === "commit-time" || after.at.daemon === then.at.daemon);
  t.is(after.enabled, true);
});

test("daemons that keep one journal each tell what they served, and after a kill what the others did", async (t) => {
  t.timeout(300_000);
  const repository = await temporaryRepository(t, { files: { [PATH]: flags(false) } });
  const path = await temporaryDirectory(t);
  const start = (poll: string): Promise<RunningDaemon> => {
    const storage = { default: { remote: repository.url, backend: { type: "memory" }, poll_interval: poll } };
    return startDaemon(t, { config: { storage, history: { journal: { enabled: true, path } } } });
  };
  const evaluate = async (daemon: RunningDaemon, at: string) => {
    const { enabled, at: found } = (await daemon.post("/evaluate/v1/boolean", { flagKey: "f", entityId: "e", at }))
      .body;
    return { enabled, kind: found?.kind as string, daemon: found?.daemon as string };
  };
  // The first one looks at the remote when it is told to, and so serves the old state for longer than the second.
  const first = await start("1h");
  const alone = now();
  const one = (await evaluate(first, alone)).daemon;
  await repository.commit({ [PATH]: flags(true) });
  const second = await start("1h");
  const both = now();
  const two = (await evaluate(second, both)).daemon;
  t.not(one, two);
  t.deepEqual(
    [await evaluate(first, both), await evaluate(second, both)],
    [
      { enabled: false, kind: "served", daemon: one },
      { enabled: true, kind: "served", daemon: two },
    ],
  );
  // Of another daemon it is known what it served until it was last seen alive.
  const before = await eventually(
    () => evaluate(second, alone),
    ({ kind }) => kind === "served",
  );
  t.deepEqual(before, { enabled: false, kind: "served", daemon: one });
  // What the first serves after the second has begun counts as well.
  await first.post("/api/storages/default/sync", {});
  await eventually(
    () => first.post("/evaluate/v1/boolean", { flagKey: "f", entityId: "e" }),
    ({ body }) => body.enabled === true,
  );
  const synced = now();
  t.deepEqual(await evaluate(first, synced), { enabled: true, kind: "served", daemon: one });
  const journal = join(path, "default.served.jsonl");
  await eventually(
    () => readFile(journal, "utf8"),
    (text) => text.trim().split("\n").length >= 5,
  );
  await first.stop("SIGKILL");
  await second.stop();
  const third = await start("1h");
  t.deepEqual(await evaluate(third, alone), { enabled: false, kind: "served", daemon: one });
  const after = await evaluate(third, both);
  t.deepEqual([after.kind, after.enabled], ["served", after.daemon === two]);
  t.not((await evaluate(third, now())).daemon, two);
});
