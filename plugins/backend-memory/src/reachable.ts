import type { GitObjectType, Oid } from "@vexil/core/plugin";

/** The objects that an object refers to; submodules, which live elsewhere, left out. */
export function referencesOf(type: GitObjectType, bytes: Uint8Array): readonly Oid[] {
  if (type === "blob") return [];
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === "tree") return entriesOf(buffer);
  // A commit's tree and parents, a tag's object: header lines before the first empty one.
  const end = buffer.indexOf("\n\n");
  const header = buffer.toString("latin1", 0, end === -1 ? buffer.length : end);
  return [...header.matchAll(/^(?:tree|parent|object) ([0-9a-f]{40})$/gm)].map((match) => match[1] as Oid);
}

/** Tree entries are `<octal mode> <name>\0<20 bytes>` (gitformat-loose knows no other form). */
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
