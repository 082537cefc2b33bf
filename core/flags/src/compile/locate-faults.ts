import type { FileParser } from "../parse/file-parser.js";
import type { NamespaceFault } from "./compile-namespace.js";
import type { LoadedFile } from "./load-state.js";
import type { Quarantined } from "./snapshot.js";
import type { BuildInput } from "./snapshot-builder.js";

/** Bad references with line and column, for which their files are read again: the model keeps no positions. */
export async function locateFaults(
  parser: FileParser,
  faults: readonly NamespaceFault[],
  { read, limits, storage, revision }: Pick<BuildInput, "read" | "limits" | "storage" | "revision">,
): Promise<readonly Quarantined[]> {
  const byFile = new Map<LoadedFile, NamespaceFault[]>();
  for (const fault of faults) byFile.set(fault.file, [...(byFile.get(fault.file) ?? []), fault]);
  const located: Quarantined[] = [];
  for (const [file, ofFile] of byFile) {
    const bytes = (await read([file.oid])).get(file.oid);
    const places = ofFile.map(({ place }) => place);
    const { path, oid } = file;
    const positions = bytes === undefined ? [] : await parser.locate({ path, oid, bytes, limits, storage }, places);
    for (const [index, { place, reason }] of ofFile.entries()) {
      const namespace = file.parsed.documents[place.document]?.namespace.key ?? "";
      located.push({ file: file.path, ...positions[index], namespace, reason, revision });
    }
  }
  return located;
}
