import type { Oid } from "@vexil/plugin-api";
import type { SnapshotTests, TestedFile } from "../cases/tested-file.js";
import { leftFault } from "./patience.js";
import type { NamespaceSnapshot, Quarantined, Snapshot } from "./snapshot.js";

/** Failures that are passed on, each once for each namespace that it is about: see `quarantineFiles`. */
const MOST_OF_A_FILE = 1_000;
const MOST_OF_ALL = 2_000;

/** Tests files by path. */
export type TestedFiles = ReadonlyMap<string, TestedFile>;

export const NO_TESTS: TestedFiles = new Map();

/** Namespaces that failing tests are about. */
export function failingNamespaces(files: TestedFiles): ReadonlySet<string> {
  const failing = new Set<string>();
  for (const file of files.values()) for (const key of file.failing) failing.add(key);
  return failing;
}

/** A namespace as it was served, where nothing is known against it: its tests passed, or it had none. */
export function trustedBefore(previous: Snapshot | undefined, key: string): NamespaceSnapshot | undefined {
  const { tests } = previous ?? {};
  return tests === undefined || tests.untrusted.has(key) ? undefined : previous?.namespaces.get(key);
}

/** Faults that stand for failing tests: they keep namespaces from being served. */
export function quarantineTests(files: TestedFiles, revision: Oid): readonly Quarantined[] {
  const bad = [...files].filter(([, { failing }]) => failing.size > 0);
  const most = Math.max(1, Math.min(MOST_OF_A_FILE, Math.floor(MOST_OF_ALL / bad.length)));
  return bad.flatMap(([path, file]) => quarantineFile(path, file, revision).slice(0, most));
}

function quarantineFile(path: string, file: TestedFile, revision: Oid): readonly Quarantined[] {
  if (file.unread === true) {
    const { reason } = leftFault(path, []);
    return [...file.failing].map((namespace) => ({
      file: path,
      namespace,
      reason,
      revision,
      unread: true,
      test: true,
    }));
  }
  return file.failures.flatMap(({ line, column, namespaces, reason }) =>
    namespaces.map((namespace) => ({
      file: path,
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
      namespace,
      reason,
      revision,
      test: true as const,
    })),
  );
}

/** @param kept namespaces that are served as they were though they are not known to be good */
export function snapshotTests(files: TestedFiles, enforced: boolean, kept: ReadonlySet<string>): SnapshotTests {
  return { enforced, files, untrusted: enforced ? kept : failingNamespaces(files) };
}

/** Tells whether something else is to be told of tests than before. */
export function testsDiffer(before: SnapshotTests | undefined, after: SnapshotTests | undefined): boolean {
  return before !== after && shown(before) !== shown(after);
}

function shown(tests: SnapshotTests | undefined): string {
  const failing = [...(tests?.files ?? [])].filter(
    ([, { failures, unread }]) => failures.length > 0 || unread === true,
  );
  const told = failing.map(([path, { failures, unread }]) => [path, failures, unread === true]);
  return JSON.stringify([tests?.enforced === true, [...(tests?.untrusted ?? [])].sort(), told]);
}
