import { namespacesByFolder } from "@vexil/flags/cases/beside";
import type { SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import type { FeatureLimits } from "@vexil/flags/read/document";
import { comparePaths, folderOf, isCasesPath, isFeaturesPath } from "@vexil/flags/read/feature-paths";
import { type CaseResult, runCases } from "@vexil/flags/run/run-cases";
import { blobId } from "@vexil/git/objects/object-id";
import { twinFolders, twinText } from "../local/twin-folders.js";
import { buildFiles } from "../validate/build-files.js";
import { collectFiles, type FileSet, type FoundFile } from "../validate/collect-files.js";
import type { CaseReport, CasesFault, ReportedCase } from "./case-report.js";

/** Runs the cases of directories, each an environment; a fault of one file keeps no other from being used. */
export async function runDirectories(directories: readonly string[], limits: FeatureLimits): Promise<CaseReport> {
  const isWanted = (path: string): boolean => isFeaturesPath(path) || isCasesPath(path);
  const sets = await collectFiles(directories, limits.fileBytes, isWanted);
  const builder = createSnapshotBuilder();
  try {
    const reports: CaseReport[] = [];
    for (const set of sets) reports.push(await runSet(set, builder, limits));
    return { cases: reports.flatMap(({ cases }) => cases), faults: reports.flatMap(({ faults }) => faults) };
  } finally {
    await builder.close();
  }
}

async function runSet(
  { directory, files }: FileSet,
  builder: SnapshotBuilder,
  limits: FeatureLimits,
): Promise<CaseReport> {
  const shown = (path: string): string => files.get(path)?.shownAs ?? path;
  if (directory === undefined) {
    const reason = "is a file; cases are run for a directory, whose folders are an environment's namespaces";
    return { cases: [], faults: [...files.values()].map(({ shownAs }) => ({ file: shownAs, reason })) };
  }
  const paths = [...files.keys()].filter(isCasesPath).sort(comparePaths);
  if (paths.length === 0) {
    const reason =
      "no test cases: no folder below it has a features.test.yaml, features.test.yml or features.test.json";
    return { cases: [], faults: [{ file: directory, reason }] };
  }
  const snapshot = await buildFiles(
    [...files].filter(([path]) => isFeaturesPath(path)),
    "test",
    builder,
    limits,
  );
  const folders = namespacesByFolder([...snapshot.files].map(([path, { namespaces }]) => ({ path, namespaces })));
  const cases: ReportedCase[] = [];
  const faults: CasesFault[] = snapshot.quarantined.map((fault) => ({ ...fault, file: shown(fault.file) }));
  const twins = twinFolders(snapshot);
  if (twins !== undefined) faults.push({ file: directory, reason: twinText(twins) });
  for (const path of paths) {
    const { shownAs: file, bytes } = files.get(path) as FoundFile;
    const read = await builder.cases({ path, oid: blobId(bytes), bytes, limits, storage: path });
    faults.push(...read.faults.map((fault) => ({ ...fault, file })));
    const own = [...(folders.get(folderOf(path)) ?? [])];
    if (own.length === 0) faults.push({ file, reason: "there is no features file with a namespace beside it" });
    else cases.push(...reported(file, finished(runCases(read.cases, snapshot.namespaces, own))));
  }
  // What stays as it was last good has no state here at all: its cases would fail for want of it.
  const broken = new Set(snapshot.quarantined.map(({ namespace }) => namespace));
  return { cases: cases.filter(({ namespace }) => namespace === undefined || !broken.has(namespace)), faults };
}

function reported(file: string, results: readonly CaseResult[]): readonly ReportedCase[] {
  return results.map(({ case: { name, flag, place }, namespace, failures }) => ({
    file,
    ...place,
    name,
    namespace,
    flag,
    failures: failures.map(({ text }) => text),
  }));
}

/** A command has nobody else who wants a turn. */
function finished<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
