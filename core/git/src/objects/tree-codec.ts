import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";

/** One entry of a tree. `name` holds the name's bytes as Latin-1, which sorts as git does and loses nothing. */
export interface TreeEntry {
  readonly mode: string;
  readonly name: string;
  readonly oid: Oid;
}

const DIRECTORY = "40000";
const OID_BYTES = 20;

/** Reads a tree object. Modes come in git's canonical form: old writers left `040000` and `100664`. */
export function parseTree(oid: Oid, bytes: Uint8Array): readonly TreeEntry[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: TreeEntry[] = [];
  for (let offset = 0; offset < buffer.byteLength; ) {
    const space = buffer.indexOf(0x20, offset);
    const zero = buffer.indexOf(0, offset);
    if (space < 0 || zero < space || zero + 21 > buffer.byteLength) {
      throw new VexilError("VEXIL_UNAVAILABLE_CORRUPT", `tree ${oid} is damaged`, { details: { step: "backend" } });
    }
    entries.push({
      mode: canonicalMode(buffer.toString("latin1", offset, space)),
      name: buffer.toString("latin1", space + 1, zero),
      oid: buffer.toString("hex", zero + 1, zero + 21),
    });
    offset = zero + 21;
  }
  return entries;
}

/** Writes a tree object, entries in git's order: a directory sorts as if its name ended in `/`. */
export function serialiseTree(entries: Iterable<TreeEntry>): Buffer {
  const keyed = [...entries].map((entry) => ({ entry, key: isDirectory(entry) ? `${entry.name}/` : entry.name }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const size = keyed.reduce((sum, { entry }) => sum + entry.mode.length + entry.name.length + 2 + OID_BYTES, 0);
  const buffer = Buffer.allocUnsafe(size);
  let offset = 0;
  for (const { entry } of keyed) {
    offset += buffer.write(`${entry.mode} ${entry.name}\0`, offset, "latin1");
    offset += buffer.write(entry.oid, offset, "hex");
  }
  return buffer;
}

export const isDirectory = (entry: TreeEntry): boolean => entry.mode === DIRECTORY;

/** A regular file; symbolic links (120000) and submodules (160000) are none. */
export const isFile = (entry: TreeEntry): boolean => entry.mode === "100644" || entry.mode === "100755";

/** A path as text → the name of an entry, and back. */
export const nameOf = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
export const textOfName = (name: string): string =>
  BEYOND_ASCII.test(name) ? Buffer.from(name, "latin1").toString("utf8") : name;

const BEYOND_ASCII = /[\u0080-\u00ff]/;

export const directoryEntry = (name: string, oid: Oid): TreeEntry => ({ mode: DIRECTORY, name, oid });

function canonicalMode(mode: string): string {
  if (mode === "040000") return DIRECTORY;
  if (!/^100[0-7]{3}$/.test(mode)) return mode;
  // Only the owner's execute bit counts, as in git's own canon_mode().
  return (Number.parseInt(mode, 8) & 0o100) === 0 ? "100644" : "100755";
}
