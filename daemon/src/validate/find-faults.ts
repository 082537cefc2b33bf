import type { SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import type { FeatureLimits } from "@vexil/flags/read/document";
import { comparePaths, isFeaturesPath, SETTINGS_NAMES } from "@vexil/flags/read/feature-paths";
import { blobId } from "@vexil/git/objects/object-id";
import { buildFiles } from "./build-files.js";
import { checkNamespaces, type InspectedPath } from "./check-namespaces.js";
import type { FileSet, FoundFile } from "./collect-files.js";
import type { PlacedFinding } from "./placed-finding.js";

/**
 * Everything that can be said about the files, all at once: each file's own faults, and those that show between files.
 * Whatever the compatible system accepts is a warning.
 */
export async function findFaults(sets: readonly FileSet[], limits: FeatureLimits): Promise<readonly PlacedFinding[]> {
  const builder = createSnapshotBuilder();
  try {
    const findings: PlacedFinding[] = [];
    for (const set of sets) findings.push(...(await findingsOf(set, builder, limits)));
    return findings;
  } finally {
    await builder.close();
  }
}

async function findingsOf(
  { files }: FileSet,
  builder: SnapshotBuilder,
  limits: FeatureLimits,
): Promise<readonly PlacedFinding[]> {
  const paths = [...files.keys()].filter(isFeaturesPath).sort(comparePaths);
  const inspected: InspectedPath[] = [];
  for (const path of paths.slice(0, limits.files)) {
    const { shownAs: file, bytes } = files.get(path) as FoundFile;
    inspected.push({ file, ...(await builder.inspect({ path, oid: blobId(bytes), bytes, limits, storage: path })) });
  }
  const own = inspected.flatMap(({ file, findings }) => findings.map((finding) => ({ file, ...finding })));
  const beyond = paths.slice(limits.files).map((path): PlacedFinding => {
    const message = `there are ${paths.length} features files, more than the limit of ${limits.files} (limits.files)`;
    return { file: files.get(path)?.shownAs ?? path, rule: "schema", severity: "error", message };
  });
  const settings = await settingsFindings(files, builder, limits);
  return [...own, ...beyond, ...settings, ...checkNamespaces(inspected)].sort(byPlace);
}

/** Faults of `flipt.yaml`, by building what nothing else is in. */
async function settingsFindings(
  found: ReadonlyMap<string, FoundFile>,
  builder: SnapshotBuilder,
  limits: FeatureLimits,
): Promise<readonly PlacedFinding[]> {
  const files = [...found].filter(([path]) => SETTINGS_NAMES.includes(path));
  const snapshot = await buildFiles(files, "validate", builder, limits);
  return snapshot.quarantined.map(({ file, reason, line, column }) => ({
    file: found.get(file)?.shownAs ?? file,
    rule: "settings",
    severity: "error",
    message: reason,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  }));
}

function byPlace(a: PlacedFinding, b: PlacedFinding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
