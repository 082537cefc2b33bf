import { namespacesByFolder } from "../cases/beside.js";
import type { SnapshotTests, TestedFile } from "../cases/tested-file.js";
import type { TestsMode } from "../cases/tests-mode.js";
import { comparePaths, folderOf } from "../read/feature-paths.js";
import type { ChangedFiles } from "./changed-files.js";
import { snapshotTests, type TestedFiles } from "./enforce-tests.js";
import type { LoadedFile } from "./file-cache.js";
import type { FileVersion } from "./kept-files.js";
import type { NamespaceSnapshot } from "./snapshot.js";
import type { BuildInput } from "./snapshot-builder.js";
import type { StateTests } from "./state-tests.js";

/** A state without faults, as far as tests have to do with it. */
interface TestedBefore {
  readonly mode: TestsMode;
  readonly tested: TestedFiles;
  /** Folder → namespaces of its files; empty where there are no tests. */
  readonly folders: ReadonlyMap<string, ReadonlySet<string>>;
  readonly loaded: ReadonlyMap<string, LoadedFile>;
}

/**
 * Runs the tests that a change of some files can have to do with.
 * @returns `held` where some of them keep namespaces from being served
 */
export async function testChanges(
  tests: StateTests,
  { mode, tested, folders, loaded }: TestedBefore,
  changed: ChangedFiles,
  {
    touched,
    namespaces,
  }: {
    readonly touched: ReadonlySet<string>;
    readonly namespaces: ReadonlyMap<string, NamespaceSnapshot>;
  },
  input: BuildInput,
): Promise<SnapshotTests | undefined | "held"> {
  if (mode === "off") return undefined;
  const isEnforced = mode === "enforce";
  const due = dueTests(tested, changed, touched);
  if (due.length === 0 && changed.goneTests.length === 0) return snapshotTests(tested, isEnforced, NONE);
  const known = folders.size > 0 ? folders : namespacesByFolder(loaded.values());
  const beside = (folder: string): Iterable<string> => known.get(folder) ?? [];
  const before = (path: string): readonly string[] => [
    ...new Set([...beside(folderOf(path)), ...(tested.get(path)?.namespaces ?? [])]),
  ];
  // Others' changes, which come along, are not waited for.
  const awaited = new Set([...(input.hurry?.own ?? [])].flatMap((path) => loaded.get(path)?.namespaces ?? []));
  const ran = await tests.run({ tests: due, beside, awaited, namespaces, before }, input);
  if (isEnforced && [...ran.values()].some(({ failing, hasUnplaced }) => failing.size > 0 || hasUnplaced)) {
    return "held";
  }
  const files = new Map<string, TestedFile>([...tested, ...ran]);
  for (const path of changed.goneTests) files.delete(path);
  return snapshotTests(files, isEnforced, NONE);
}

const NONE: ReadonlySet<string> = new Set();

/** Tests files that are others, or are for a namespace that is. */
function dueTests(
  tested: TestedFiles,
  { tests, goneTests }: ChangedFiles,
  touched: ReadonlySet<string>,
): readonly FileVersion[] {
  const due = new Map(tests.map((file): [string, FileVersion] => [file.path, file]));
  const gone = new Set(goneTests);
  for (const [path, { oid, namespaces, unread }] of tested) {
    if (due.has(path) || gone.has(path)) continue;
    if (unread === true || namespaces.some((key) => touched.has(key))) due.set(path, { path, oid });
  }
  return [...due.values()].sort((a, b) => comparePaths(a.path, b.path));
}
