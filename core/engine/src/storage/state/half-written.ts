import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { ParsedFile } from "@vexil/flags/read/document";
import { blobId } from "@vexil/git/objects/object-id";
import type { EnvironmentFiles } from "./environment-files.js";

const EMPTY = blobId(new Uint8Array());
/** No flag file: whoever reads it finds a fault. */
const CONTENT = new Uint8Array(1);
const REASON = "the file is empty, perhaps half-written: that counts when it is committed";

/** A file that somebody is about to write anew. */
export interface HalfWritten {
  readonly path: string;
  readonly oid: string;
  readonly parsed: ParsedFile;
}

/**
 * Editors and scripts empty a file before they write it. An uncommitted file that is empty, and was not, is a bad file:
 * its namespaces keep what they have.
 */
export function markHalfWritten(
  files: EnvironmentFiles,
  previous: Snapshot | undefined,
): { readonly files: EnvironmentFiles; readonly found: readonly HalfWritten[] } {
  if (!files.contents.has(EMPTY)) return { files, found: [] };
  const oid = blobId(CONTENT);
  const found: HalfWritten[] = [];
  for (const [path, current] of files.current) {
    if (current !== EMPTY || files.committed.get(path) === EMPTY) continue;
    if (!files.committed.has(path) && (previous?.files.get(path)?.namespaces.length ?? 0) === 0) continue;
    const parsed = { documents: [], faults: [{ file: path, reason: REASON, namespaces: [] }], sha1: oid };
    found.push({ path, oid, parsed });
  }
  if (found.length === 0) return { files, found };
  const current = new Map(files.current);
  for (const { path } of found) current.set(path, oid);
  return { files: { ...files, current, contents: new Map([...files.contents, [oid, CONTENT]]) }, found };
}
