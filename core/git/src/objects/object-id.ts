import type { GitObject, GitObjectType, Oid } from "@vexil/plugin-api";
import { hashObject } from "@vexil/plugin-api/git-object";

export function gitObject(type: GitObjectType, bytes: Uint8Array): GitObject {
  return { oid: hashObject(type, bytes), type, bytes };
}

const blobIds = new WeakMap<Uint8Array, Oid>();

/** The id of a blob of these bytes, which nobody changes any more: on its way a write asks for it several times. */
export function blobId(bytes: Uint8Array): Oid {
  let oid = blobIds.get(bytes);
  if (oid === undefined) {
    oid = hashObject("blob", bytes);
    blobIds.set(bytes, oid);
  }
  return oid;
}
