import type { Fault } from "../features/document.js";
import { compileNamespace, inputsOf, type NamespaceFault } from "./compile-namespace.js";
import type { FileCache } from "./file-cache.js";
import type { FileParser } from "./file-parser.js";
import { type LoadedFile, type LoadedState, loadState } from "./load-state.js";
import { locateFaults } from "./locate-faults.js";
import { BuiltNamespace } from "./namespace-snapshot.js";
import type { NamespaceSnapshot, Quarantined, SnapshotFile } from "./snapshot.js";
import type { BuildInput } from "./snapshot-builder.js";
import { type NamespaceSources, namespacesOfBadFile, sortNamespaces } from "./sort-namespaces.js";
import { TimeSlice } from "./time-slice.js";

export interface BuildTools {
  readonly cache: FileCache;
  readonly parser: FileParser;
}

export interface BuiltState {
  readonly namespaces: ReadonlyMap<string, NamespaceSnapshot>;
  readonly files: ReadonlyMap<string, SnapshotFile>;
  readonly quarantined: readonly Quarantined[];
  readonly loaded: LoadedState;
}

/** Faults of one file that are passed on; `validate` shows them all. */
const FAULTS_OF_A_FILE = 10;
/** The same, each once for each namespace of the file; one for each at least. */
const QUARANTINED_OF_A_FILE = 1_000;

/**
 * The namespaces of a state. A namespace whose files have faults, or whose references lead nowhere, stays as it was
 * last good: in the previous snapshot, else in the newest older state; the others move on.
 */
export async function buildNamespaces(tools: BuildTools, input: BuildInput, builtAt: number): Promise<BuiltState> {
  const slice = new TimeSlice();
  const { previous } = input;
  const loaded = await loadState(tools.cache, input);
  const sorted = sortNamespaces(loaded, previous);
  const built = new Map<string, NamespaceSnapshot | undefined>();
  const broken: NamespaceFault[] = [];
  for (const [key, sources] of sorted) {
    if (slice.due) await slice.next();
    const result = await buildOne(sources, previous?.namespaces.get(key), builtAt, slice);
    built.set(key, "namespace" in result ? result.namespace : previous?.namespaces.get(key));
    if ("faults" in result) broken.push(...result.faults);
  }
  const missing = [...built].filter(([, namespace]) => namespace === undefined).map(([key]) => key);
  if (previous === undefined && missing.length > 0) {
    for (const [key, namespace] of await lastGood(tools, input, new Set(missing), builtAt, slice)) {
      built.set(key, namespace);
    }
  }
  const namespaces = new Map<string, NamespaceSnapshot>();
  for (const [key, namespace] of built) if (namespace !== undefined) namespaces.set(key, namespace);
  const files = new Map(loaded.files.map((file): [string, SnapshotFile] => [file.path, describe(file, input)]));
  const quarantined = [
    ...loaded.files.flatMap((file) => quarantineFile(file, input)),
    ...(await locateFaults(tools.parser, broken, input)),
  ];
  return { namespaces, files, quarantined, loaded };
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

/** Looks through older states, newest first, for the namespaces in `wanted` until it has all of them. */
async function lastGood(
  tools: BuildTools,
  input: BuildInput,
  wanted: Set<string>,
  builtAt: number,
  slice: TimeSlice,
): Promise<ReadonlyMap<string, NamespaceSnapshot>> {
  const found = new Map<string, NamespaceSnapshot>();
  if (input.olderStates === undefined) return found;
  for await (const { files } of input.olderStates()) {
    input.signal?.throwIfAborted();
    const sorted = sortNamespaces(await loadState(tools.cache, { ...input, files }), undefined);
    for (const key of wanted) {
      const sources = sorted.get(key);
      if (sources === undefined) continue;
      const result = await buildOne(sources, undefined, builtAt, slice);
      if (!("namespace" in result)) continue;
      found.set(key, result.namespace);
      wanted.delete(key);
    }
    if (wanted.size === 0) break;
  }
  return found;
}

function describe(file: LoadedFile, { previous }: BuildInput): SnapshotFile {
  const bad = file.parsed.faults.length > 0;
  return { oid: file.oid, namespaces: bad ? namespacesOfBadFile(file, previous) : file.namespaces };
}

function quarantineFile(file: LoadedFile, { previous, revision }: BuildInput): readonly Quarantined[] {
  if (file.parsed.faults.length === 0) return [];
  const namespaces = namespacesOfBadFile(file, previous);
  const most = Math.max(1, Math.min(FAULTS_OF_A_FILE, Math.floor(QUARANTINED_OF_A_FILE / namespaces.length)));
  return file.parsed.faults.slice(0, most).flatMap(({ line, column, reason }: Fault) =>
    namespaces.map((namespace) => ({
      file: file.path,
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
      namespace,
      reason,
      revision,
    })),
  );
}
