import type { Oid } from "../contract/backend.js";
import type { Remote } from "../git/remote.js";
import type { Repository } from "../git/repository-view.js";

const DEPTHS = [16, 128, 1_000];

/**
 * Walks the history of `tip`, newest first, until `found` accepts a commit; where the stored history ends it is
 * deepened from the remote, in steps, up to 1,000 commits.
 * @returns whether a commit was accepted
 */
export async function searchHistory(
  repository: Repository,
  remote: Remote | undefined,
  tip: Oid,
  found: (commit: Oid) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const depths = [...DEPTHS];
  for (;;) {
    const walk = await walkStored(repository, tip, found);
    if (walk.found) return true;
    const depth = depths.shift();
    if (!walk.cut || depth === undefined || remote === undefined) return false;
    await deepen(repository, remote, tip, depth, signal);
  }
}

/** Fetches older commits of `tip`, so that about `depth` of them are stored. */
export async function deepen(
  repository: Repository,
  remote: Remote,
  tip: Oid,
  depth: number,
  signal: AbortSignal,
): Promise<void> {
  const { backend } = repository;
  const fetched = await remote.fetch(
    {
      wants: [tip],
      haves: [tip],
      shallow: [...((await backend.shallow?.read()) ?? [])],
      depth,
      readBase: (oids) => backend.objects.read(oids, signal),
    },
    signal,
  );
  await backend.objects.write(fetched.objects, signal);
  await backend.shallow?.update(fetched.shallow, fetched.unshallow);
}

async function walkStored(
  repository: Repository,
  tip: Oid,
  found: (commit: Oid) => boolean,
): Promise<{ readonly found: boolean; readonly cut: boolean }> {
  const seen = new Set<Oid>();
  let level: Oid[] = [tip];
  let cut = false;
  while (level.length > 0 && seen.size < 10_000) {
    const next: Oid[] = [];
    for (const oid of level) {
      if (seen.has(oid)) continue;
      seen.add(oid);
      if (found(oid)) return { found: true, cut };
      const commit = await repository.readPastCommit(oid);
      if (commit === undefined) cut = true;
      else next.push(...commit.parents);
    }
    level = next;
  }
  return { found: false, cut };
}
