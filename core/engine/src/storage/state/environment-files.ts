import { blobId } from "@vexil/git/objects/object-id";
import type { Oid } from "@vexil/plugin-api";
import type { FileTable } from "./known-heads.js";

/** Content that differs from the commit's: path → bytes, undefined where the file is deleted. */
export type Edits = ReadonlyMap<string, Uint8Array | undefined>;

export const NO_EDITS: Edits = new Map();

/** An environment's candidate files. */
export interface EnvironmentFiles {
  readonly committed: FileTable;
  readonly current: FileTable;
  /** Bytes of what is not committed, by blob id. */
  readonly contents: ReadonlyMap<Oid, Uint8Array>;
}

/** Lays edits over committed files. */
export function withEdits(committed: FileTable, edits: Edits, wanted: (path: string) => boolean): EnvironmentFiles {
  if (edits.size === 0) return { committed, current: committed, contents: new Map() };
  const current = new Map(committed);
  const contents = new Map<Oid, Uint8Array>();
  for (const [path, bytes] of edits) {
    if (!wanted(path)) continue;
    if (bytes === undefined) {
      current.delete(path);
    } else {
      const oid = blobId(bytes);
      current.set(path, oid);
      contents.set(oid, bytes);
    }
  }
  return { committed, current, contents };
}

/** The files of several environments of one branch. */
export function mergedTables(tables: readonly FileTable[]): FileTable {
  const [only, ...others] = tables;
  if (only !== undefined && others.length === 0) return only;
  const files = new Map<string, Oid>();
  for (const table of tables) for (const [path, oid] of table) files.set(path, oid);
  return files;
}
