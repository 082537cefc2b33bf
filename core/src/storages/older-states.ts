import type { Oid } from "../contract/backend.js";
import { isWantedPath } from "../features/feature-paths.js";
import type { Repository } from "../git/repository-view.js";
import type { EnvironmentInfo } from "../snapshots/environment.js";
import type { OlderState } from "../snapshots/snapshot-builder.js";
import { goodRef } from "./ref-names.js";

const COMMITS_LOOKED_AT = 100;

/**
 * What an environment was before, newest first, as far as it is stored: after a restart the namespaces of a bad file
 * are taken from there. Last comes the commit that was good as a whole, which a ref keeps.
 * @param uncommitted whether edits lie on top of `commit`, so that the commit itself is an older state
 */
export async function* olderStates(
  repository: Repository,
  info: EnvironmentInfo,
  commit: Oid,
  uncommitted: boolean,
): AsyncIterable<OlderState> {
  const seen = new Set<Oid>();
  let next = uncommitted ? commit : (await repository.readCommit(commit))?.parents[0];
  while (next !== undefined && seen.size < COMMITS_LOOKED_AT) {
    const state = await stateAt(repository, info, next);
    if (state === undefined) break;
    seen.add(next);
    yield state;
    next = (await repository.readCommit(next))?.parents[0];
  }
  const good = await repository.head(goodRef(info.branch));
  if (good === undefined || seen.has(good) || good === commit) return;
  const state = await stateAt(repository, info, good);
  if (state !== undefined) yield state;
}

async function stateAt(repository: Repository, info: EnvironmentInfo, revision: Oid): Promise<OlderState | undefined> {
  if ((await repository.readCommit(revision)) === undefined) return undefined;
  const wanted = (path: string): boolean => isWantedPath(info.directory, path);
  const listed = await repository.listFiles(revision, info.directory, wanted);
  return { revision, files: new Map([...listed.values()].map((file) => [file.path, file.oid])) };
}
