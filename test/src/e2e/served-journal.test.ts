import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
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
