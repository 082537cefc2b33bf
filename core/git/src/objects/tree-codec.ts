import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";

/** One entry of a tree. `name` holds the name's bytes as Latin-1, which sorts as git does and loses nothing. */
export interface TreeEntry {
  readonly mode: string;
  readonly name: string;
  readonly oid: Oid;
}

const DIRECTORY = "40000";
const SUBMODULE = "160000";
const OID_BYTES = 20;

/** Reads a tree object. Modes come in git's canonical form: old writers left `040000` and `100664`. */
export function parseTree(oid: Oid, bytes: Uint8Array): readonly TreeEntry[] {
  return [...treeEntries(oid, bytes)];
}

/** As {@link parseTree}, one by one: there may be any number. */
export function* treeEntries(oid: Oid, bytes: Uint8Array): Generator<TreeEntry> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < buffer.byteLength; ) {
    const space = buffer.indexOf(0x20, offset);
    const zero = buffer.indexOf(0, offset);
    if (space < 0 || zero < space || zero + 21 > buffer.byteLength) {
      throw new VexilError("VEXIL_UNAVAILABLE_CORRUPT", `tree ${oid} is damaged`, { details: { step: "backend" } });
    }
    yield {
      mode: canonicalMode(buffer.toString("latin1", offset, space)),
      name: buffer.toString("latin1", space + 1, zero),
      oid: buffer.toString("hex", zero + 1, zero + 21),
    };
    offset = zero + 21;
  }
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

export const isSubmodule = (entry: TreeEntry): boolean => entry.mode === SUBMODULE;

export const isDirectory = (entry: TreeEntry): boolean => entry.mode === DIRECTORY;

/** A regular file; symbolic links (120000) and submodules (160000) are none. */
export const isFile = (entry: TreeEntry): boolean => entry.mode === "100644" || entry.mode === "100755";

/** A path as text → the name of an entry, and back. */
export const nameOf = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
export const textOfName = (name: string): string =>
  BEYOND_ASCII.test(name) ? Buffer.from(name, "latin1").toString("utf8") : name;

const BEYOND_ASCII = /[\u0080-\u00ff]/;

export const directoryEntry = (name: string, oid: Oid): TreeEntry => ({ mode: DIRECTORY, name, oid });

const USUAL_MODES: ReadonlySet<string> = new Set(["100644", "100755", DIRECTORY, "120000", SUBMODULE]);

/** As git's own canon_mode() has it: of a file, only the owner's execute bit counts; of all others, nothing but their kind. */
function canonicalMode(mode: string): string {
  if (USUAL_MODES.has(mode)) return mode;
  const number = Number.parseInt(mode, 8);
  const kind = number & 0o170000;
  if (kind === 0o100000) return (number & 0o100) === 0 ? "100644" : "100755";
  return kind === 0o40000 || kind === 0o120000 || kind === 0o160000 ? kind.toString(8) : mode;
}
