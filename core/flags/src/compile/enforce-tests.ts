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
  return bad.flatMap(([path, file]) => quarantineFile(path, file, revision, most));
}

function quarantineFile(path: string, file: TestedFile, revision: Oid, most: number): readonly Quarantined[] {
  if (file.unread === true) {
    const { reason } = leftFault(path, []);
    return [...file.failing].slice(0, most).map((namespace) => ({
      file: path,
      namespace,
      reason,
      revision,
      unread: true,
      test: true,
    }));
  }
  const faults: Quarantined[] = [];
  for (const { line, column, namespaces, reason } of file.failures) {
    const place = { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
    for (const namespace of namespaces.slice(0, most - faults.length)) {
      faults.push({ file: path, ...place, namespace, reason, revision, test: true });
    }
  }
  return faults;
}

/** @param kept namespaces that are served as they were though they are not known to be good */
export function snapshotTests(files: TestedFiles, enforced: boolean, kept: ReadonlySet<string>): SnapshotTests {
  return { enforced, files, untrusted: enforced ? kept : failingNamespaces(files) };
}

/** Tells whether something else is to be told of tests than before. */
export function testsDiffer(before: SnapshotTests | undefined, after: SnapshotTests | undefined): boolean {
  if (before === after) return false;
  if ((before?.enforced === true) !== (after?.enforced === true)) return true;
  if (!isSameSet(before?.untrusted ?? NONE, after?.untrusted ?? NONE)) return true;
  const [old, current] = [toldFiles(before), toldFiles(after)];
  if (old.size !== current.size) return true;
  return [...old].some(([path, file]) => !isToldAlike(file, current.get(path)));
}

const NONE: ReadonlySet<string> = new Set();

function toldFiles(tests: SnapshotTests | undefined): ReadonlyMap<string, TestedFile> {
  const files = [...(tests?.files ?? [])];
  return new Map(files.filter(([, { failures, unread }]) => failures.length > 0 || unread === true));
}

/** A failure may be about thousands of namespaces, as are all of its file: their list is looked at once. */
function isToldAlike(one: TestedFile, other: TestedFile | undefined): boolean {
  if (one === other) return true;
  if (other === undefined || one.unread !== other.unread || one.failures.length !== other.failures.length) return false;
  if (!isSameList(one.namespaces, other.namespaces)) return false;
  return one.failures.every(({ namespaces, ...failure }, index) => {
    const { namespaces: others = [], ...another } = other.failures[index] ?? {};
    const isOfAll = namespaces === one.namespaces && others === other.namespaces;
    return (isOfAll || isSameList(namespaces, others)) && JSON.stringify(failure) === JSON.stringify(another);
  });
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((key, index) => key === other[index]);
}

function isSameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((key) => other.has(key));
}
