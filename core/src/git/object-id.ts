import { createHash } from "node:crypto";
import type { GitObject, GitObjectType, Oid } from "../contract/backend.js";

/** git's name of an object: the SHA-1 of its header and content. */
export function objectId(type: GitObjectType, bytes: Uint8Array): Oid {
  return createHash("sha1").update(`${type} ${bytes.byteLength}\0`).update(bytes).digest("hex");
}

export function gitObject(type: GitObjectType, bytes: Uint8Array): GitObject {
  return { oid: objectId(type, bytes), type, bytes };
}
