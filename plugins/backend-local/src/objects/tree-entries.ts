import type { Oid } from "@vexil/plugin-api";
import { corrupt } from "../disk/disk-error.js";

export const DIRECTORY = 0o40000;
export const FILE = 0o100644;
export const EXECUTABLE = 0o100755;
export const LINK = 0o120000;
export const SUBMODULE = 0o160000;

export interface TreeEntry {
  readonly name: string;
  readonly mode: number;
  readonly oid: Oid;
}

/** Entries are `<octal mode> <name>\0<20 bytes>` (gitformat-loose knows no other form). */
export function parseTree(oid: Oid, bytes: Uint8Array): readonly TreeEntry[] {
  const tree = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: TreeEntry[] = [];
  for (let at = 0; at < tree.length; ) {
    const space = tree.indexOf(0x20, at);
    const end = tree.indexOf(0, at);
    if (space === -1 || end === -1 || space > end || end + 21 > tree.length) throw corrupt(`tree ${oid} is damaged`);
    entries.push({
      name: tree.toString("utf8", space + 1, end),
      mode: knownMode(Number.parseInt(tree.toString("latin1", at, space), 8)),
      oid: tree.toString("hex", end + 1, end + 21),
    });
    at = end + 21;
  }
  return entries;
}

/** Old versions of git wrote other permissions than these. */
function knownMode(mode: number): number {
  const kind = mode & 0o170000;
  if (kind !== 0o100000) return kind;
  return (mode & 0o100) === 0 ? FILE : EXECUTABLE;
}

/** The bytes of a tree; git sorts directories as if their names ended in a slash. */
export function serialiseTree(entries: readonly TreeEntry[]): Buffer {
  const key = ({ name, mode }: TreeEntry): Buffer => Buffer.from(mode === DIRECTORY ? `${name}/` : name);
  const sorted = [...entries].sort((a, b) => key(a).compare(key(b)));
  const parts = sorted.flatMap(({ name, mode, oid }) => [
    Buffer.from(`${mode.toString(8)} ${name}\0`),
    Buffer.from(oid, "hex"),
  ]);
  return Buffer.concat(parts);
}
