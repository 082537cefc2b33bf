import { posix } from "node:path";
import type { PolicyPlace } from "@vexil/config/config";
import type { Storages } from "@vexil/engine/storage/storages";
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

/**
 * Finds the file of policies.
 * @throws VexilError VEXIL_NOT_FOUND, and what the backend throws
 */
export async function findPolicyFile(storages: Storages, place: PolicyPlace, revision: Oid): Promise<PolicyFile> {
  const repository = storages.get(place.storage)?.repository;
  const directory = posix.dirname(place.path);
  const listed = await repository?.listFiles(
    revision,
    directory === "." ? "" : directory,
    (path) => path === place.path,
  );
  const file = listed?.get(place.path);
  if (repository === undefined || file === undefined) {
    throw new VexilError("VEXIL_NOT_FOUND", "there is no such file in this state");
  }
  return {
    revision,
    content: file.oid,
    read: async () => (await repository.readBlobs([file.oid])).get(file.oid) ?? new Uint8Array(),
  };
}
