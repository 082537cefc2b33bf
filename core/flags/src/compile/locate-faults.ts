import type { FileParser } from "../parse/file-parser.js";
import type { NamespaceFault } from "./compile-namespace.js";
import type { LoadedFile } from "./file-cache.js";
import type { Quarantined } from "./snapshot.js";
import type { BuildInput } from "./snapshot-builder.js";

/** Bad references of one file that are passed on, first those of different namespaces; `validate` shows them all. */
const MOST_OF_A_FILE = 1_000;
/** The same of all files: beyond it each file has a smaller share, but at least one. */
const MOST_OF_ALL = 2_000;

/** Bad references with line and column, for which their files are read again: the model keeps no positions. */
export async function locateFaults(
  parser: FileParser,
  faults: readonly NamespaceFault[],
  { read, limits, storage, revision }: Pick<BuildInput, "read" | "limits" | "storage" | "revision">,
): Promise<readonly Quarantined[]> {
  const byFile = new Map<LoadedFile, NamespaceFault[]>();
  for (const fault of faults) {
    const ofFile = byFile.get(fault.file);
    if (ofFile === undefined) byFile.set(fault.file, [fault]);
    else ofFile.push(fault);
  }
  const most = Math.max(1, Math.min(MOST_OF_A_FILE, Math.floor(MOST_OF_ALL / byFile.size)));
  const located: Quarantined[] = [];
  for (const [file, ofFile] of byFile) {
    const bytes = (await read([file.oid])).get(file.oid);
    const told = firstOf(ofFile, most);
    const more = ofFile.length - told.length;
    const places = told.map(({ place }) => place);
    const { path, oid } = file;
    const positions = bytes === undefined ? [] : await parser.locate({ path, oid, bytes, limits, storage }, places);
    for (const [index, { place, reason }] of told.entries()) {
      const namespace = namespaceOf(file, place.document);
      const text = more > 0 && index === told.length - 1 ? `${reason} (and ${more} more bad references)` : reason;
      located.push({ file: file.path, ...positions[index], namespace, reason: text, revision });
    }
  }
  return located;
}

/** So many faults of a file, such that as many of its namespaces as possible have one. */
function firstOf(faults: readonly NamespaceFault[], most: number): readonly NamespaceFault[] {
  if (faults.length <= most) return faults;
  const told = new Set<NamespaceFault>();
  const seen = new Set<string>();
  for (const fault of faults) {
    const namespace = namespaceOf(fault.file, fault.place.document);
    if (told.size < most && !seen.has(namespace)) told.add(fault);
    seen.add(namespace);
  }
  for (const fault of faults) if (told.size < most) told.add(fault);
  return [...told];
}

function namespaceOf({ parsed }: LoadedFile, document: number): string {
  return parsed.documents[document]?.namespace.key ?? "";
}
