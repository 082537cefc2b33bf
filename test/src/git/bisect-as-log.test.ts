import { join } from "node:path";
import { bisect } from "@vexil/engine/storage/past/bisect";
import test, { type ExecutionContext } from "ava";
import { openLocal } from "../../../daemon/dist/local/local-source.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { lots } from "../helpers/repositories/random-history.js";

const HISTORIES = 12;
const LENGTH = 40;
const PATH = "default/features.yaml";
const { signal } = new AbortController();

/** A file that says nothing but what the flag gives: git's log of it is the log of the answer. */
const features = (variant: string): string =>
  `namespace: default\nflags:\n- {key: f, name: F, type: VARIANT_FLAG_TYPE, enabled: true, variants: [{key: ${variant}, default: true}]}\n`;

/** Commits by lot, each with up to two parents, and a tenth of the merges with a value that no parent has. */
async function drawnHistory(t: ExecutionContext, seed: number): Promise<string> {
  const draw = lots(seed);
  const path = join(await temporaryDirectory(t), "flags.git");
  await nativeGit(["init", "-q", "--bare", "-b", "main", path]);
  const parts: string[] = ["reset refs/heads/drawn\n"];
  const values: string[] = [];
  for (let mark = 1; mark <= LENGTH; mark += 1) {
    const first = mark === 1 ? undefined : mark - 1 - draw(Math.min(3, mark - 1));
    const second = mark > 3 && draw(2) === 0 ? mark - 1 - draw(Math.min(5, mark - 1)) : undefined;
    const merged = second === first ? undefined : second;
    const inherited = values[(merged !== undefined && draw(2) === 0 ? merged : (first ?? 1)) - 1] ?? "a";
    const value = draw(merged === undefined ? 4 : 10) === 0 ? ["a", "b", "c"][draw(3)] : inherited;
    values.push(value ?? "a");
    parts.push(`commit refs/heads/drawn\nmark :${mark}\ncommitter A <a@b.c> ${1_700_000_000 + mark * 60} +0000\n`);
    parts.push(`data 1\nx\n${first === undefined ? "" : `from :${first}\n`}`);
    if (merged !== undefined) parts.push(`merge :${merged}\n`);
    const text = features(value ?? "a");
    parts.push(`M 100644 inline ${PATH}\ndata ${text.length}\n${text}\n`);
  }
  parts.push(`reset refs/heads/main\nfrom :${LENGTH}\n\ndone\n`);
  await nativeGit(["-C", path, "fast-import", "--quiet", "--force", "--done"], { input: parts.join("") });
  return path;
}

const lines = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");

test("merges are followed as git log does, by --first-parent and by --full-history", async (t) => {
  t.timeout(120_000);
  let [merges, evil] = [0, 0];
  for (let seed = 1; seed <= HISTORIES; seed += 1) {
    const path = await drawnHistory(t, seed);
    const log = async (...args: string[]): Promise<readonly string[]> =>
      lines(await nativeGit(["-C", path, "log", "--format=%H", ...args, "--", PATH]));
    const source = await openLocal(path);
    const found = async (more: { readonly fullHistory: boolean; readonly from?: string }) => {
      const query = { environment: "default", namespace: "default", flag: "f", entityId: "ada", context: {} };
      const { changes, complete } = await bisect(source.past, { ...query, all: true, ...more }, { signal });
      t.true(complete);
      return changes.map(({ revision }) => revision);
    };
    /** The same, by searches each of which ends with the first change it finds. */
    const foundByPieces = async () => {
      const query = { environment: "default", namespace: "default", flag: "f", entityId: "ada", context: {} };
      const revisions: string[] = [];
      for (let place: { readonly to?: string; readonly skip?: number } | undefined = {}; place !== undefined; ) {
        const asked = { ...query, all: true, fullHistory: true, ...place };
        const {
          changes,
          complete,
          next,
          skip = 0,
        } = await bisect(source.past, asked, { signal, isEnough: () => true });
        t.is(complete, next === undefined);
        t.true(changes.length <= 1);
        revisions.push(...changes.map(({ revision }) => revision));
        place = next === undefined ? undefined : { to: next, skip };
      }
      return revisions;
    };
    try {
      t.deepEqual(await found({ fullHistory: false }), await log("--first-parent", "main"), `seed ${seed}`);
      const from = await nativeGit(["-C", path, "rev-parse", "main~4"]);
      const since = await log("--first-parent", `${from}..main`);
      t.deepEqual(await found({ fullHistory: false, from }), since, `seed ${seed} from ${from}`);

      // Of the merges that git walks those changed something which differ from all of their parents (a combined diff).
      const full = await log("--full-history", "main");
      const combined = new Set(
        await Promise.all(
          full.map(async (oid) => {
            const parents = (await nativeGit(["-C", path, "rev-parse", `${oid}^@`])).split("\n");
            if (parents.length < 2) return oid;
            merges += 1;
            const files = lines(await nativeGit(["-C", path, "show", "-c", "--name-only", "--format=", oid]));
            evil += files.length > 0 ? 1 : 0;
            return files.includes(PATH) ? oid : "";
          }),
        ),
      );
      t.deepEqual(
        await found({ fullHistory: true }),
        full.filter((oid) => combined.has(oid)),
        `seed ${seed}, full history`,
      );
      t.deepEqual(await foundByPieces(), await found({ fullHistory: true }), `seed ${seed}, by pieces`);
    } finally {
      await source.close();
    }
  }
  t.true(merges > 10 && evil > 0, `${merges} merges, ${evil} of which changed something`);
});
