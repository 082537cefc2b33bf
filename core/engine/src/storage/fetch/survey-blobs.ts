import { timeSlice } from "@vexil/git/objects/time-slice";
import { isDirectory, isFile, parseTree, textOfName } from "@vexil/git/objects/tree-codec";
import type { ReadObjects } from "@vexil/git/objects/unpack-options";
import type { Oid } from "@vexil/plugin-api";
import { referencesOf } from "@vexil/plugin-api";

/** A tree may name the same subtree again and again: few objects, but paths without end. */
const MAX_ENTRIES = 1_000_000;
/** The paths of its directories together. */
const MAX_PATH_CHARACTERS = 32 * 1024 * 1024;

/** The blobs of some commits, told apart by whether a storage reads them. */
export interface BlobSurvey {
  readonly wanted: ReadonlySet<Oid>;
  readonly others: ReadonlySet<Oid>;
  /** false: there was too much to see all of it. */
  readonly complete: boolean;
}

/** Walks the trees of commits, as far as they can be read; links count as other blobs, submodules not at all. */
export async function surveyBlobs(
  read: ReadObjects,
  commits: readonly Oid[],
  isWanted: (path: string) => boolean,
): Promise<BlobSurvey> {
  const wanted = new Set<Oid>();
  const others = new Set<Oid>();
  const pause = timeSlice();
  const roots = [...(await read(commits)).values()].filter(({ type }) => type === "commit");
  // The same tree at the same place holds the same files: commits that differ little are not walked twice.
  let level = new Map(roots.map(({ type, bytes }) => [`${referencesOf(type, bytes)[0]} `, ""]));
  const seen = new Set(level.keys());
  let characters = 0;
  for (let entries = 0; level.size > 0; ) {
    const trees = await read([...new Set([...level.keys()].map(oidOf))]);
    const below = new Map<string, string>();
    for (const [key, prefix] of level) {
      const tree = trees.get(oidOf(key));
      if (tree?.type !== "tree") continue;
      for (const entry of parseTree(tree.oid, tree.bytes)) {
        entries += 1;
        const path = `${prefix}${textOfName(entry.name)}`;
        if (isDirectory(entry)) {
          const next = `${entry.oid} ${path}/`;
          if (!seen.has(next)) below.set(next, `${path}/`);
          seen.add(next);
          characters += next.length;
        } else if (isFile(entry) && isWanted(path)) wanted.add(entry.oid);
        else if (entry.mode !== SUBMODULE) others.add(entry.oid);
      }
      if (entries > MAX_ENTRIES || characters > MAX_PATH_CHARACTERS) return { wanted, others, complete: false };
      await pause();
    }
    level = below;
  }
  return { wanted, others, complete: true };
}

const SUBMODULE = "160000";

/** The tree of `<tree> <path>`. */
const oidOf = (key: string): Oid => key.slice(0, 40);
