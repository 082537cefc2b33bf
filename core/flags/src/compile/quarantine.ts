import type { Oid } from "@vexil/plugin-api";
import type { Fault } from "../read/document.js";
import type { LoadedFile } from "./file-cache.js";
import type { Quarantined } from "./snapshot.js";
import { type NamespacesBefore, namespacesOfBadFile } from "./sort-namespaces.js";

/** Faults of one file that are passed on; `validate` shows them all. */
const FAULTS_OF_A_FILE = 10;
/** The same, each once for each namespace of the file. */
const MOST_OF_A_FILE = 1_000;
/** The same of all files: beyond it each file has a smaller share, but at least one. */
const MOST_OF_ALL = 2_000;

/**
 * Faults of a state's files that are passed on: who reads the status, or the log, is not to be swamped by a hostile
 * commit, which may have thousands of files that name thousands of namespaces each.
 */
export function quarantineFiles(
  files: readonly LoadedFile[],
  before: NamespacesBefore,
  revision: Oid,
): readonly Quarantined[] {
  const bad = files.filter(({ parsed }) => parsed.faults.length > 0);
  const most = Math.max(1, Math.min(MOST_OF_A_FILE, Math.floor(MOST_OF_ALL / bad.length)));
  return bad.flatMap((file) => quarantineFile(file, namespacesOfBadFile(file, before), most, revision));
}

function quarantineFile(
  file: LoadedFile,
  namespaces: readonly string[],
  most: number,
  revision: Oid,
): readonly Quarantined[] {
  const named = namespaces.slice(0, most);
  const more = namespaces.length - named.length;
  const count = Math.max(1, Math.min(FAULTS_OF_A_FILE, Math.floor(most / named.length)));
  return file.parsed.faults.slice(0, count).flatMap(({ line, column, reason, unread }: Fault) =>
    named.map((namespace, index) => ({
      file: file.path,
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
      namespace,
      reason: more > 0 && index === named.length - 1 ? `${reason} (and so in ${more} more namespaces)` : reason,
      revision,
      ...(unread === undefined ? {} : { unread }),
    })),
  );
}
