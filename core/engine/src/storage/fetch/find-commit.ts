import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { RemoteSync } from "./remote-sync.js";

const DEPTHS = [16, 128, 1_000];

/**
 * Walks the history of `tip`, newest first, until `found` accepts a commit; where the stored history ends it is
 * deepened from the remote, in steps, up to 1,000 commits.
 * @param wanted whether the commit is to be stored afterwards, or it is enough that it is in the history
 * @returns whether a commit was accepted
 */
export async function searchHistory(
  repository: Repository,
  remote: Pick<RemoteSync, "deepen"> | undefined,
  tip: Oid,
  found: (commit: Oid) => boolean,
  wanted: "stored" | "named",
  signal: AbortSignal,
): Promise<boolean> {
  const depths = [...DEPTHS];
  for (;;) {
    const walk = await walkStored(repository, tip, found, wanted);
    if (walk.found) return true;
    const depth = depths.shift();
    if (!walk.cut || depth === undefined || remote === undefined) return false;
    await remote.deepen(tip, depth, signal);
  }
}

/** Prefixes of fewer digits may well fit several commits. */
const SURELY_UNIQUE = 12;

/**
 * The commit in the history of `tip` whose id begins with `prefix`, deepening history as {@link searchHistory} does; it
 * is stored afterwards.
 * @returns undefined when there is none
 * @throws VexilError VEXIL_VALIDATION_REQUEST when the stored history has several
 */
export async function findCommit(
  repository: Repository,
  remote: Pick<RemoteSync, "deepen"> | undefined,
  tip: Oid,
  prefix: string,
  signal: AbortSignal,
): Promise<Oid | undefined> {
  let found: Oid | undefined;
  const accepts = (oid: Oid): boolean => {
    if (oid.startsWith(prefix)) found = oid;
    return oid.startsWith(prefix);
  };
  if (!(await searchHistory(repository, remote, tip, accepts, "stored", signal))) return undefined;
  if (prefix.length >= SURELY_UNIQUE) return found;
  const fitting = new Set<Oid>();
  const collect = (oid: Oid): boolean => {
    if (oid.startsWith(prefix)) fitting.add(oid);
    return false;
  };
  await walkStored(repository, tip, collect, "stored");
  if (fitting.size < 2) return found;
  throw new VexilError(
    "VEXIL_VALIDATION_REQUEST",
    `revision "${prefix}" is ambiguous (${[...fitting].slice(0, 3).join(", ")}); give more digits`,
  );
}

async function walkStored(
  repository: Repository,
  tip: Oid,
  found: (commit: Oid) => boolean,
  wanted: "stored" | "named",
): Promise<{ readonly found: boolean; readonly cut: boolean }> {
  const seen = new Set<Oid>();
  let level: Oid[] = [tip];
  let cut = false;
  while (level.length > 0 && seen.size < 10_000) {
    const next: Oid[] = [];
    for (const oid of level) {
      if (seen.has(oid)) continue;
      seen.add(oid);
      const accepted = found(oid);
      if (accepted && wanted === "named") return { found: true, cut };
      const commit = await repository.readPastCommit(oid);
      if (accepted) return commit === undefined ? { found: false, cut: true } : { found: true, cut };
      if (commit === undefined) cut = true;
      else next.push(...commit.parents);
    }
    level = next;
  }
  return { found: false, cut };
}
