import { createHash } from "node:crypto";
import type { GitObject, GitObjectType, Oid } from "@vexil/plugin-api";

/** git's name of an object: the SHA-1 of its header and content. */
export function objectId(type: GitObjectType, bytes: Uint8Array): Oid {
  return createHash("sha1").update(`${type} ${bytes.byteLength}\0`).update(bytes).digest("hex");
}

export function gitObject(type: GitObjectType, bytes: Uint8Array): GitObject {
  return { oid: objectId(type, bytes), type, bytes };
}

const blobIds = new WeakMap<Uint8Array, Oid>();

/** The id of a blob of these bytes, which nobody changes any more: on its way a write asks for it several times. */
export function blobId(bytes: Uint8Array): Oid {
  let oid = blobIds.get(bytes);
  if (oid === undefined) {
    oid = objectId("blob", bytes);
    blobIds.set(bytes, oid);
  }
  return oid;
}
