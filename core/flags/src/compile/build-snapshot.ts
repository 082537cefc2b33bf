import type { Oid } from "@vexil/plugin-api";
import { TimeSlice } from "@vexil/plugin-api/time-slice";
import { namespacesByFolder } from "../cases/beside.js";
import type { SnapshotTests } from "../cases/tested-file.js";
import { folderOf, isCasesPath } from "../read/feature-paths.js";
import type { BuildTools } from "./build-tools.js";
import { compileNamespace, inputsOf, type NamespaceFault } from "./compile-namespace.js";
import {
  failingNamespaces,
  NO_TESTS,
  quarantineTests,
  snapshotTests,
  type TestedFiles,
  trustedBefore,
} from "./enforce-tests.js";
import type { LoadedFile, LoadedState } from "./file-cache.js";
import { loadState } from "./load-state.js";
import { BuiltNamespace } from "./namespace-snapshot.js";
import { quarantineFiles } from "./quarantine.js";
import type { LookProgress, Past, Sought } from "./searched-past.js";
import type { NamespaceSnapshot, Quarantined, Snapshot, SnapshotFile } from "./snapshot.js";
import type { BuildInput } from "./snapshot-builder.js";
import {
  type NamespaceSources,
  type NamespacesBefore,
  namespacesOfBadFile,
  sortNamespaces,
} from "./sort-namespaces.js";
import { testsFiles } from "./state-tests.js";

export interface BuiltState {
  readonly namespaces: ReadonlyMap<string, NamespaceSnapshot>;
  readonly files: ReadonlyMap<string, SnapshotFile>;
  readonly quarantined: readonly Quarantined[];
  readonly tests: SnapshotTests | undefined;
  /** Namespaces that are not good, and were not, as far as is known: there is nothing of them to serve. */
  readonly unserved: readonly string[];
  /** The older state that some namespaces were taken from, if any. */
  readonly recovered: Oid | undefined;
  /** How far the past was searched; undefined where it was not. */
  readonly searched: LookProgress | undefined;
  readonly loaded: LoadedState;
  /** Places of some faults are missing for want of time. */
  readonly isPartial: boolean;
}

/**
 * The namespaces of a state. A namespace whose files have faults, whose references lead nowhere, or whose tests fail
 * where they are enforced, stays as it was last good: in the previous snapshot, else in the newest older state; the
 * others move on.
 */
export async function buildNamespaces(tools: BuildTools, input: BuildInput, builtAt: number): Promise<BuiltState> {
  const slice = new TimeSlice();
  const { previous } = input;
  const loaded = await loadState(tools.cache, input);
  let before = namespacesBefore(previous);
  let state = await buildAll(tools, loaded, input, before, builtAt, slice);
  let past: Past | undefined;
  if (input.lookBack !== undefined && (state.broken.size > 0 || isVague(input, state.tested))) {
    past = await input.lookBack(soughtFor(loaded, state), builtAt);
    const { files } = past;
    if (files.size > 0) {
      const known = before;
      before = (path) => files.get(path) ?? known(path);
      state = await buildAll(tools, loaded, input, before, builtAt, slice);
    }
  }
  const namespaces = new Map<string, NamespaceSnapshot>();
  const unserved: string[] = [];
  const kept = new Set<string>();
  const doubted = doubtedNamespaces(state, past);
  for (const [key, current] of state.built) {
    const sure = doubted.has(key) ? undefined : current;
    // What is served is not taken away: it stays until there is something better.
    const namespace = sure ?? past?.namespaces.get(key) ?? previous?.namespaces.get(key);
    if (namespace === undefined) unserved.push(key);
    else namespaces.set(key, namespace);
    const isKept = namespace !== undefined && state.broken.has(key) && namespace === previous?.namespaces.get(key);
    if (isKept && trustedBefore(previous, key) === undefined) kept.add(key);
  }
  const files = new Map(loaded.files.map((file): [string, SnapshotFile] => [file.path, describe(file, before)]));
  const located = await tools.locator.locate(state.faults, input);
  const enforced = input.tests === "enforce";
  const quarantined = [
    ...quarantineFiles(loaded.files, before, input.revision),
    ...located.quarantined,
    ...(enforced ? quarantineTests(state.tested, input.revision) : []),
  ];
  const tests = isTested(input) ? snapshotTests(state.tested, enforced, kept) : undefined;
  const isPartial = located.isPartial || [...state.tested.values()].some(({ unread }) => unread === true);
  const found = { recovered: past?.revision, searched: past?.progress };
  return { namespaces, files, quarantined, tests, unserved, ...found, loaded, isPartial };
}

/**
 * Does beforehand what of a build takes long: its files are read then, the places of bad references found, and the
 * tests run.
 */
export async function readAhead(tools: BuildTools, input: BuildInput, builtAt: number): Promise<void> {
  const slice = new TimeSlice();
  const loaded = await loadState(tools.cache, input);
  const { faults } = await buildAll(tools, loaded, input, namespacesBefore(input.previous), builtAt, slice);
  await tools.locator.locate(faults, input);
}

interface BuiltAll {
  /** undefined: neither good now nor served before. */
  readonly built: ReadonlyMap<string, NamespaceSnapshot | undefined>;
  readonly faults: readonly NamespaceFault[];
  /** Namespaces that are not good now → their sources. */
  readonly broken: ReadonlyMap<string, NamespaceSources>;
  readonly tested: TestedFiles;
}

async function buildAll(
  tools: BuildTools,
  loaded: LoadedState,
  input: BuildInput,
  before: NamespacesBefore,
  builtAt: number,
  slice: TimeSlice,
): Promise<BuiltAll> {
  const { previous } = input;
  const built = new Map<string, NamespaceSnapshot | undefined>();
  const good = new Map<string, NamespaceSnapshot>();
  const faults: NamespaceFault[] = [];
  const broken = new Map<string, NamespaceSources>();
  const sorted = sortNamespaces(loaded, before);
  for (const [key, sources] of sorted) {
    if (slice.due) await slice.next();
    const result = await buildOne(sources, previous?.namespaces.get(key), builtAt, slice);
    built.set(key, "namespace" in result ? result.namespace : previous?.namespaces.get(key));
    if ("namespace" in result) good.set(key, result.namespace);
    else {
      faults.push(...result.faults);
      broken.set(key, sources);
    }
  }
  const tested = await runTests(tools, loaded, input, before, good);
  if (input.tests !== "enforce") return { built, faults, broken, tested };
  for (const key of failingNamespaces(tested)) {
    if (broken.has(key)) continue;
    built.set(key, trustedBefore(previous, key));
    broken.set(key, sorted.get(key) ?? { documents: [], badFiles: [] });
  }
  return { built, faults, broken, tested };
}

/** @param good the namespaces without faults */
async function runTests(
  tools: BuildTools,
  loaded: LoadedState,
  input: BuildInput,
  before: NamespacesBefore,
  good: ReadonlyMap<string, NamespaceSnapshot>,
): Promise<TestedFiles> {
  const tests = isTested(input) ? testsFiles(input.directory, input.files) : [];
  if (tests.length === 0) return NO_TESTS;
  const described = loaded.files.map((file) => ({ path: file.path, namespaces: describe(file, before).namespaces }));
  const folders = namespacesByFolder(described);
  const beside = (folder: string): Iterable<string> => folders.get(folder) ?? [];
  const own = described.filter(({ path }) => input.hurry?.own.has(path) === true);
  const awaited = new Set(own.flatMap(({ namespaces }) => namespaces));
  return tools.tests.run({ tests, beside, awaited, namespaces: good, before }, input);
}

function isTested({ tests = "off" }: BuildInput): boolean {
  return tests !== "off";
}

/** Tells whether it is not known of some failing tests which namespaces they are about. */
function isVague({ tests }: BuildInput, tested: TestedFiles): boolean {
  return tests === "enforce" && [...tested.values()].some(({ hasUnplaced }) => hasUnplaced);
}

/**
 * While the past is being searched for what failing tests are about, that may be any namespace of which more is left
 * elsewhere: all of them where only time is lacking, else those that folders of such tests are named for.
 */
function doubtedNamespaces({ built, tested }: BuiltAll, past: Past | undefined): ReadonlySet<string> {
  if (past === undefined || past.progress === "exhausted") return new Set();
  const unknown = [...tested].filter(([path, { hasUnplaced }]) => hasUnplaced && !past.files.has(path));
  if (unknown.length > 0 && past.progress === "cut") return new Set(built.keys());
  return new Set(unknown.flatMap(([path]) => folderOf(path).split("/").slice(-1)));
}

/** Namespaces of a file in the state before; of a tests file those that it was for. */
function namespacesBefore(previous: Snapshot | undefined): NamespacesBefore {
  let folders: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  return (path) => {
    const file = previous?.files.get(path);
    if (file !== undefined) return file.namespaces;
    if (previous === undefined || !isCasesPath(path)) return [];
    folders ??= namespacesByFolder([...previous.files].map(([of, { namespaces }]) => ({ path: of, namespaces })));
    const tested = previous.tests?.files.get(path)?.namespaces ?? [];
    return [...new Set([...(folders.get(folderOf(path)) ?? []), ...tested])];
  };
}

/**
 * Lists what the past is asked for: namespaces without a state, and whose the faulty files were when they were good.
 */
function soughtFor(loaded: LoadedState, { built, broken, tested }: BuiltAll): Sought {
  const namespaces = [...built].filter(([, namespace]) => namespace === undefined).map(([key]) => key);
  const bad = loaded.files.filter((file) => file.parsed.faults.length > 0).map(({ path }) => path);
  const vague = [...tested].filter(([, { hasUnplaced }]) => hasUnplaced).map(([path]) => path);
  const referring = [...broken.values()].flatMap(({ documents }) => documents.map(({ file }) => file.path));
  const paths = new Set([...bad, ...vague, ...referring]);
  const folders = new Set([...paths].map(folderOf));
  for (const [path, { failing }] of tested) {
    const isSought = failing.size > 0 || folders.has(folderOf(path));
    if (isSought) paths.add(path);
  }
  const beside = new Set([...paths].map(folderOf));
  if (tested.size > 0) for (const { path } of loaded.files) if (beside.has(folderOf(path))) paths.add(path);
  const tests = new Map([...tested].map(([path, { namespaces: own }]) => [path, own] as const));
  return { namespaces: new Set(namespaces), files: new Set([...bad, ...vague]), paths, tests };
}

type OneResult = { readonly namespace: NamespaceSnapshot } | { readonly faults: readonly NamespaceFault[] };

async function buildOne(
  { documents, badFiles }: NamespaceSources,
  previous: NamespaceSnapshot | undefined,
  builtAt: number,
  slice: TimeSlice,
): Promise<OneResult> {
  if (badFiles.length > 0) return { faults: [] };
  if (previous instanceof BuiltNamespace && previous.inputs === inputsOf(documents)) return { namespace: previous };
  return compileNamespace(documents, builtAt, slice, previous);
}

function describe(file: LoadedFile, before: NamespacesBefore): SnapshotFile {
  const bad = file.parsed.faults.length > 0;
  const namespaces = bad ? namespacesOfBadFile(file, before) : file.namespaces;
  return { oid: file.oid, namespaces, ...(file.parsed.unread === undefined ? {} : { unread: file.parsed.unread }) };
}
