import type { Oid } from "@vexil/plugin-api";
import { TimeSlice } from "../parse/time-slice.js";
import type { BuildTools } from "./build-tools.js";
import { compileNamespace, inputsOf, type NamespaceFault } from "./compile-namespace.js";
import type { LoadedFile, LoadedState } from "./file-cache.js";
import { loadState } from "./load-state.js";
import { BuiltNamespace } from "./namespace-snapshot.js";
import { quarantineFiles } from "./quarantine.js";
import type { LookProgress, Past, Sought } from "./searched-past.js";
import type { NamespaceSnapshot, Quarantined, SnapshotFile } from "./snapshot.js";
import type { BuildInput } from "./snapshot-builder.js";
import {
  type NamespaceSources,
  type NamespacesBefore,
  namespacesOfBadFile,
  sortNamespaces,
} from "./sort-namespaces.js";

export interface BuiltState {
  readonly namespaces: ReadonlyMap<string, NamespaceSnapshot>;
  readonly files: ReadonlyMap<string, SnapshotFile>;
  readonly quarantined: readonly Quarantined[];
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
 * The namespaces of a state. A namespace whose files have faults, or whose references lead nowhere, stays as it was
 * last good: in the previous snapshot, else in the newest older state; the others move on.
 */
export async function buildNamespaces(tools: BuildTools, input: BuildInput, builtAt: number): Promise<BuiltState> {
  const slice = new TimeSlice();
  const { previous } = input;
  const loaded = await loadState(tools.cache, input);
  let before: NamespacesBefore = (path) => previous?.files.get(path)?.namespaces ?? [];
  let state = await buildAll(loaded, input, before, builtAt, slice);
  let past: Past | undefined;
  if (input.lookBack !== undefined && state.broken.size > 0) {
    past = await input.lookBack(soughtFor(loaded, state), builtAt);
    const { files } = past;
    if (files.size > 0) {
      const known = before;
      before = (path) => files.get(path) ?? known(path);
      state = await buildAll(loaded, input, before, builtAt, slice);
    }
  }
  const namespaces = new Map<string, NamespaceSnapshot>();
  const unserved: string[] = [];
  for (const [key, current] of state.built) {
    const namespace = current ?? past?.namespaces.get(key);
    if (namespace === undefined) unserved.push(key);
    else namespaces.set(key, namespace);
  }
  const files = new Map(loaded.files.map((file): [string, SnapshotFile] => [file.path, describe(file, before)]));
  const { quarantined: located, isPartial } = await tools.locator.locate(state.faults, input);
  const quarantined = [...quarantineFiles(loaded.files, before, input.revision), ...located];
  const found = { recovered: past?.revision, searched: past?.progress };
  return { namespaces, files, quarantined, unserved, ...found, loaded, isPartial };
}

/** Does beforehand what of a build takes long: its files are read then, and the places of bad references found. */
export async function readAhead(tools: BuildTools, input: BuildInput, builtAt: number): Promise<void> {
  const slice = new TimeSlice();
  const loaded = await loadState(tools.cache, input);
  const faults: NamespaceFault[] = [];
  for (const [key, sources] of sortNamespaces(loaded, () => [])) {
    if (slice.due) await slice.next();
    const result = await buildOne(sources, input.previous?.namespaces.get(key), builtAt, slice);
    if ("faults" in result) faults.push(...result.faults);
  }
  await tools.locator.locate(faults, input);
}

interface BuiltAll {
  /** undefined: neither good now nor served before. */
  readonly built: ReadonlyMap<string, NamespaceSnapshot | undefined>;
  readonly faults: readonly NamespaceFault[];
  /** Namespaces that are not good now → their sources. */
  readonly broken: ReadonlyMap<string, NamespaceSources>;
}

async function buildAll(
  loaded: LoadedState,
  { previous }: BuildInput,
  before: NamespacesBefore,
  builtAt: number,
  slice: TimeSlice,
): Promise<BuiltAll> {
  const built = new Map<string, NamespaceSnapshot | undefined>();
  const faults: NamespaceFault[] = [];
  const broken = new Map<string, NamespaceSources>();
  for (const [key, sources] of sortNamespaces(loaded, before)) {
    if (slice.due) await slice.next();
    const result = await buildOne(sources, previous?.namespaces.get(key), builtAt, slice);
    built.set(key, "namespace" in result ? result.namespace : previous?.namespaces.get(key));
    if (!("faults" in result)) continue;
    faults.push(...result.faults);
    broken.set(key, sources);
  }
  return { built, faults, broken };
}

/**
 * Lists what the past is asked for: namespaces without a state, and whose the faulty files were when they were good.
 */
function soughtFor(loaded: LoadedState, { built, broken }: BuiltAll): Sought {
  const namespaces = [...built].filter(([, namespace]) => namespace === undefined).map(([key]) => key);
  const bad = loaded.files.filter((file) => file.parsed.faults.length > 0).map(({ path }) => path);
  const referring = [...broken.values()].flatMap(({ documents }) => documents.map(({ file }) => file.path));
  return { namespaces: new Set(namespaces), files: new Set(bad), paths: new Set([...bad, ...referring]) };
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
  return compileNamespace(documents, builtAt, slice);
}

function describe(file: LoadedFile, before: NamespacesBefore): SnapshotFile {
  const bad = file.parsed.faults.length > 0;
  const namespaces = bad ? namespacesOfBadFile(file, before) : file.namespaces;
  return { oid: file.oid, namespaces, ...(file.parsed.unread === undefined ? {} : { unread: file.parsed.unread }) };
}
