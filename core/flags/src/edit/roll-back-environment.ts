import type { Snapshot } from "../compile/snapshot.js";
import type { FilesView } from "./change.js";
import type { WorkFiles } from "./work-files.js";
import { faultyThen } from "./write-errors.js";

/**
 * Puts every features file of an environment back to what it was, byte for byte: those that came since go. All else in
 * the repository stays, tests and settings too.
 * @throws VexilError VEXIL_CONFLICT_FILE_FAULTY where a file that would come back was faulty
 */
export async function rollBackEnvironment(past: FilesView, view: FilesView, work: WorkFiles): Promise<void> {
  const isSame = (path: string): boolean => oidOf(past.snapshot, path) === oidOf(view.snapshot, path);
  const fault = past.snapshot.quarantined.find(({ file }) => !isSame(file));
  if (fault !== undefined) throw faultyThen(fault, past.revision);
  for (const path of view.snapshot.files.keys()) if (!past.snapshot.files.has(path)) work.replace(path, undefined);
  for (const path of past.snapshot.files.keys()) if (!isSame(path)) work.replace(path, await past.read(path));
}

const oidOf = ({ files }: Snapshot, path: string): string | undefined => files.get(path)?.oid;
