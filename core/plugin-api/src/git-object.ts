import { createHash } from "node:crypto";

/**
 * A git object id: 40 lower-case hex digits (SHA-1 of the object's header and content).
 * @example const empty: Oid = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
 */
export type Oid = string;

/** The four kinds of git object. */
export type GitObjectType = "blob" | "tree" | "commit" | "tag";

/**
 * One git object. `bytes` is the content without git's header, of any length from 0 up; `oid` is the SHA-1 of header
 * and content, as `hashObject` computes it. The host checks each object it reads against its id.
 * @example { oid: hashObject("blob", bytes), type: "blob", bytes }
 */
export interface GitObject {
  readonly oid: Oid;
  readonly type: GitObjectType;
  readonly bytes: Uint8Array;
}

/**
 * The id git gives to content of a type: the SHA-1 of `<type> <length>\0` and the bytes.
 * @example hashObject("blob", new Uint8Array()) // "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
 */
export function hashObject(type: GitObjectType, bytes: Uint8Array): Oid {
  return createHash("sha1").update(`${type} ${bytes.byteLength}\0`).update(bytes).digest("hex");
}

/**
 * The objects that an object refers to, for walks such as `prune`'s: a commit's tree and parents, a tree's entries, a
 * tag's object. Submodules, which live elsewhere, are left out; a parent may be missing where history is shallow.
 * @param bytes the content, without git's header
 * @example for (const oid of referencesOf(object.type, object.bytes)) waiting.push(oid)
 */
export function referencesOf(type: GitObjectType, bytes: Uint8Array): readonly Oid[] {
  if (type === "blob") return [];
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === "tree") return entriesOf(buffer);
  // Header lines end at the first empty one.
  const end = buffer.indexOf("\n\n");
  const header = buffer.toString("latin1", 0, end === -1 ? buffer.length : end);
  return [...header.matchAll(/^(?:tree|parent|object) ([0-9a-f]{40})$/gm)].map((match) => match[1] as Oid);
}

/** Tree entries are `<octal mode> <name>\0<20 bytes>`. */
function entriesOf(tree: Buffer): readonly Oid[] {
  const found: Oid[] = [];
  for (let at = 0; at < tree.length; ) {
    const end = tree.indexOf(0, at);
    if (end === -1 || end + 21 > tree.length) break;
    const submodule = tree.toString("latin1", at, at + 7) === "160000 ";
    if (!submodule) found.push(tree.toString("hex", end + 1, end + 21));
    at = end + 21;
  }
  return found;
}
