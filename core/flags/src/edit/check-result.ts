import { VexilError } from "@vexil/plugin-api/errors";
import type { Quarantined, Snapshot } from "../compile/snapshot.js";
import type { AppliedChange, BuildChanges, Change } from "./change.js";
import { checkTests } from "./check-tests.js";
import { itemTree, rewriteReferences } from "./edit-items.js";
import { closeFile, type EditableFile } from "./editable-file.js";
import { sameTree } from "./item-tree.js";
import type { WorkResult } from "./work-files.js";
import { fileFaulty, itemInvalid, placedReason } from "./write-errors.js";

type Files = ReadonlyMap<string, Uint8Array | undefined>;

/**
 * Builds what the change gives.
 * @throws VexilError VEXIL_CONFLICT_FILE_FAULTY when the namespace was bad before, VEXIL_VALIDATION_REQUEST when the
 *   change makes it so, VEXIL_VALIDATION_TESTS when enforced tests would fail
 */
export async function checkResult(
  change: Change,
  before: Snapshot,
  work: WorkResult,
  buildChanges: BuildChanges,
): Promise<Pick<AppliedChange, "files" | "build" | "tested">> {
  if (work.files.size === 0) return { files: work.files, build: undefined, tested: [] };
  let files: Files = work.files;
  let build = await buildChanges(files, work.parsed);
  for (const [path, file] of work.careful) {
    if (says(build.snapshot, file)) continue;
    // An anchor went, or changed under its aliases: what refers to it is written out.
    files = new Map([...files, [path, closeFile(rewriteReferences(file)).bytes]]);
    build = await buildChanges(files, work.parsed);
    if (!says(build.snapshot, file) && faultsOf(build.snapshot, files).length === 0) {
      throw new VexilError("VEXIL_INTERNAL_BUG", `the edit of ${path} would change more than was asked for`);
    }
  }
  const fault = faultsOf(build.snapshot, files).find(({ test }) => test !== true);
  if (fault !== undefined) throw refusal(change, fault, before);
  return { files, build, tested: checkTests(change, before, build.snapshot, files) };
}

/** Faults of the namespaces that the change touches. */
function faultsOf(snapshot: Snapshot, files: Files): readonly Quarantined[] {
  const touched = new Set([...files.keys()].flatMap((path) => snapshot.files.get(path)?.namespaces ?? []));
  return snapshot.quarantined.filter((fault) => touched.has(fault.namespace) || files.has(fault.file));
}

function refusal(change: Change, fault: Quarantined, before: Snapshot): VexilError {
  const known = before.quarantined.find(({ file, namespace }) => file === fault.file && namespace === fault.namespace);
  if (known !== undefined) return fileFaulty(known);
  if (change.type === "put-flag") return itemInvalid({ ...change, type: "flag" }, placedReason(fault));
  if (change.type === "put-segment") return itemInvalid({ ...change, type: "segment" }, placedReason(fault));
  return new VexilError("VEXIL_VALIDATION_REQUEST", placedReason(fault));
}

/** Tells whether the snapshot has the items of an edited file as the edit meant them. */
function says(snapshot: Snapshot, file: EditableFile): boolean {
  return file.documents.every(({ namespace, flags, segments }) => {
    // What its tests keep from being served is not to be seen.
    if (snapshot.quarantined.some((fault) => fault.test === true && fault.namespace === namespace.key)) return true;
    const items = snapshot.namespaces.get(namespace.key)?.items;
    const faulty = snapshot.quarantined.some((fault) => fault.file === file.path);
    if (items === undefined || faulty) return false;
    const lastOf = <Item extends { readonly key: string }>(list: readonly Item[]) =>
      new Map(list.map((item) => [item.key, item]));
    return (
      [...lastOf(flags)].every(([key, flag]) => {
        const found = items.flags.get(key);
        return (
          found?.file !== file.path || sameTree(itemTree(found.flag, "flags", "1.6"), itemTree(flag, "flags", "1.6"))
        );
      }) &&
      [...lastOf(segments)].every(([key, segment]) => {
        const found = items.segments.get(key);
        return (
          found?.file !== file.path ||
          sameTree(itemTree(found.segment, "segments", "1.6"), itemTree(segment, "segments", "1.6"))
        );
      })
    );
  });
}
