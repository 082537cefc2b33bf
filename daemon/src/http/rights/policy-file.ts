import { posix } from "node:path";
import type { PolicyPlace } from "@vexil/config/config";
import type { Storages } from "@vexil/engine/storage/storages";
import { actorBehind } from "@vexil/engine/storage/write/authorship";
import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";

/** A file of policies as it is at a state of its repository. */
export interface PolicyFile {
  readonly revision: Oid;
  /** Id of its content. */
  readonly content: Oid;
  read(): Promise<Uint8Array>;
}

/** Head of the branch that a file of policies is taken from; undefined before the first state. */
export function policyHead(storages: Storages, { storage }: PolicyPlace): Oid | undefined {
  return storages.get(storage)?.branches.main.known.head;
}

/** Commits that are looked through for the one that brought the file's content. */
const MOST_COMMITS = 100;

/**
 * Finds the file of policies.
 * @throws VexilError VEXIL_NOT_FOUND, and what the backend throws
 */
export async function findPolicyFile(storages: Storages, place: PolicyPlace, revision: Oid): Promise<PolicyFile> {
  const repository = storages.get(place.storage)?.repository;
  const content = repository && (await contentAt(repository, place, revision));
  if (repository === undefined || content === undefined) {
    throw new VexilError("VEXIL_NOT_FOUND", "there is no such file in this state");
  }
  return {
    revision,
    content,
    read: async () => (await repository.readBlobs([content])).get(content) ?? new Uint8Array(),
  };
}

/**
 * Whoever brought the file's content into the branch: its past is fetched once where it is not stored far enough.
 * @returns undefined where that does not tell, either
 */
export async function policyActor(
  storages: Storages,
  place: PolicyPlace,
  { revision, content }: Pick<PolicyFile, "revision" | "content">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const storage = storages.get(place.storage);
  if (storage === undefined) return undefined;
  const { repository, past } = storage;
  let commit = await repository.readCommit(revision);
  let isFetched = false;
  for (let looked = 0; commit !== undefined && looked < MOST_COMMITS; looked += 1) {
    const [parent] = commit.parents;
    if (parent === undefined) return actorBehind(commit);
    let before = await repository.readCommit(parent);
    if (before === undefined && !isFetched) {
      isFetched = true;
      await past.deepen(revision, MOST_COMMITS, signal);
      before = await repository.readCommit(parent);
    }
    if (before === undefined) return undefined;
    if ((await contentAt(repository, place, parent)) !== content) return actorBehind(commit);
    commit = before;
  }
  return undefined;
}

async function contentAt(repository: Repository, { path }: PolicyPlace, revision: Oid): Promise<Oid | undefined> {
  const directory = posix.dirname(path);
  const listed = await repository.listFiles(revision, directory === "." ? "" : directory, (one) => one === path);
  return listed.get(path)?.oid;
}
