import { posix } from "node:path";
import type { PolicyPlace } from "@vexil/config/config";
import type { Storages } from "@vexil/engine/storage/storages";
import { actorBehind } from "@vexil/engine/storage/write/authorship";
import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";

type Storage = NonNullable<ReturnType<Storages["get"]>>;
type Commit = NonNullable<Awaited<ReturnType<Repository["readCommit"]>>>;

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

/** Commits that are looked through for what the file was before. */
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
    read: () => readContent(repository, content),
  };
}

/**
 * Whoever brought the file's content into the branch: its past is fetched once where it is not stored far enough.
 * @returns undefined where that does not tell
 * @throws VexilError where the past cannot be read
 */
export async function policyActor(
  storages: Storages,
  place: PolicyPlace,
  { revision, content }: Pick<PolicyFile, "revision" | "content">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const storage = storages.get(place.storage);
  if (storage === undefined) return undefined;
  let last: Commit | undefined;
  for await (const { oid, commit } of past(storage, revision, signal)) {
    if (last !== undefined && (await contentAt(storage.repository, place, oid)) !== content)
      return actorBehind(last, storage.seals);
    if (commit.parents.length === 0) return actorBehind(commit, storage.seals);
    last = commit;
  }
  return undefined;
}

/**
 * Other contents that the file had before a state, newest first.
 * @throws VexilError where the past cannot be read
 */
export async function* earlierPolicies(
  storages: Storages,
  place: PolicyPlace,
  revision: Oid,
  signal: AbortSignal,
): AsyncGenerator<PolicyFile> {
  const storage = storages.get(place.storage);
  if (storage === undefined) return;
  const { repository } = storage;
  const known = new Set<Oid>();
  for await (const { oid } of past(storage, revision, signal)) {
    const content = await contentAt(repository, place, oid);
    if (content === undefined || known.has(content)) continue;
    known.add(content);
    if (oid !== revision) yield { revision: oid, content, read: () => readContent(repository, content) };
  }
}

/**
 * A state and those before it; the past is fetched once where it is not stored far enough.
 * @throws VexilError VEXIL_UNAVAILABLE_STORAGE where it cannot be read so far, and what the remote throws
 */
async function* past(
  { repository, history }: Storage,
  revision: Oid,
  signal: AbortSignal,
): AsyncGenerator<{ readonly oid: Oid; readonly commit: Commit }> {
  let oid: Oid | undefined = revision;
  let isFetched = false;
  for (let looked = 0; oid !== undefined && looked < MOST_COMMITS; looked += 1) {
    signal.throwIfAborted();
    let commit = await repository.readCommit(oid);
    if (commit === undefined && !isFetched) {
      isFetched = true;
      await history.deepen(revision, MOST_COMMITS, signal);
      commit = await repository.readCommit(oid);
    }
    if (commit === undefined) throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", `commit ${oid} is not stored`);
    yield { oid, commit };
    oid = commit.parents[0];
  }
}

/** Content of a file of policies at a state; undefined where there is none. */
export async function readPolicies(
  repository: Repository,
  place: PolicyPlace,
  revision: Oid,
): Promise<Uint8Array | undefined> {
  const content = await contentAt(repository, place, revision);
  return content === undefined ? undefined : readContent(repository, content);
}

async function readContent(repository: Repository, content: Oid): Promise<Uint8Array> {
  return (await repository.readBlobs([content])).get(content) ?? new Uint8Array();
}

async function contentAt(repository: Repository, { path }: PolicyPlace, revision: Oid): Promise<Oid | undefined> {
  const directory = posix.dirname(path);
  const listed = await repository.listFiles(revision, directory === "." ? "" : directory, (one) => one === path);
  return listed.get(path)?.oid;
}
