import type { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { CompiledFlag } from "../evaluate/compiled-flag.js";
import type { FeaturesDocument, Flag } from "../read/document.js";
import type { ValuePlace } from "../read/locate-values.js";
import { commonItems } from "./common-items.js";
import type { ReferenceFault } from "./compile-flag.js";
import { type CompiledDocument, compiledFlag } from "./compiled-flags.js";
import type { LoadedFile } from "./file-cache.js";
import { knownKeys } from "./known-keys.js";
import { BuiltNamespace, type PlacedDocument } from "./namespace-snapshot.js";
import { type ScopedSegment, SegmentScope } from "./segment-scope.js";
import type { NamespaceSnapshot } from "./snapshot.js";

/** Results that depend on a document alone, kept for as long as the document is. */
const kept = new WeakMap<FeaturesDocument, CompiledDocument>();
const FLAGS_BETWEEN_LOOKS = 16;
/** To put a flag into its place takes far less time than to prepare it. */
const FLAGS_PUT_BETWEEN_LOOKS = 2_048;

/** A document of a namespace and where it is. */
export interface DocumentSource {
  readonly file: LoadedFile;
  /** Index of the document in its file. */
  readonly index: number;
  readonly document: FeaturesDocument;
}

/** A reference that leads nowhere, in a file that is fine by itself. */
export interface NamespaceFault {
  readonly file: LoadedFile;
  readonly place: ValuePlace;
  readonly reason: string;
}

/** Identifies what a namespace is made from: its documents' files by path and blob id, in order. */
export function inputsOf(sources: readonly DocumentSource[]): string {
  return sources.map(({ file, index }) => `${file.oid} ${index} ${file.path}`).join("\n");
}

/**
 * Puts a namespace together from its documents, in load order; or says why it cannot be.
 * @param previous what it was before, of which all is taken that is the same
 */
export async function compileNamespace(
  sources: readonly DocumentSource[],
  builtAt: number,
  slice: TimeSlice,
  previous?: NamespaceSnapshot,
): Promise<{ readonly namespace: BuiltNamespace } | { readonly faults: readonly NamespaceFault[] }> {
  const before = previous instanceof BuiltNamespace ? previous : undefined;
  const segments = new Map<string, ScopedSegment>();
  const documents: PlacedDocument[] = [];
  const faults: NamespaceFault[] = [];
  for (const { file, index, document } of sources) {
    const old = before?.documentOf(file.path, index);
    const compiled =
      (old && (await recompile(document, old, segments, slice))) ?? (await compileDocument(document, segments, slice));
    if (sources.length > 1) for (const [key, segment] of compiled.scope.own) segments.set(key, segment);
    documents.push({ ...compiled, file: file.path, oid: file.oid, index, sha1: file.parsed.sha1 });
    for (const { path, reason } of compiled.faults) faults.push({ file, place: { document: index, path }, reason });
  }
  if (faults.length > 0) return { faults };
  const flags = await flagsByKey(documents, slice);
  const keys = before && knownKeys(before, flags);
  return { namespace: new BuiltNamespace(documents, inputsOf(sources), builtAt, flags, keys) };
}

async function flagsByKey(
  documents: readonly PlacedDocument[],
  slice: TimeSlice,
): Promise<ReadonlyMap<string, CompiledFlag>> {
  const flags = new Map<string, CompiledFlag>();
  for (const document of documents) {
    for (const flag of document.flags) {
      flags.set(flag.key, flag);
      if (flags.size % FLAGS_PUT_BETWEEN_LOOKS === 0 && slice.due) await slice.next();
    }
  }
  return flags;
}

/** Prepares a document's flags; `earlier` has the segments of the namespace's documents before it. */
async function compileDocument(
  document: FeaturesDocument,
  earlier: ReadonlyMap<string, ScopedSegment>,
  slice: TimeSlice,
): Promise<CompiledDocument> {
  const known = kept.get(document);
  if (known !== undefined) return known;
  return compileFlags(document, SegmentScope.of(document, earlier), slice);
}

/**
 * Prepares a document that has the segments of the one before, and flags of it: the others alone are compiled.
 * @returns undefined where more than that is to be looked at
 */
async function recompile(
  document: FeaturesDocument,
  old: CompiledDocument,
  earlier: ReadonlyMap<string, ScopedSegment>,
  slice: TimeSlice,
): Promise<CompiledDocument | undefined> {
  const { flags, segments, namespace } = document;
  const { document: before, scope, faults } = old;
  if (flags === before.flags && segments === before.segments) return undefined;
  const isLike = segments === before.segments && namespace.key === before.namespace.key;
  if (!isLike || scope.reachedOut || faults.length > 0) return undefined;
  const { prefix, suffix } = commonItems(before.flags, flags);
  const known = { head: old.flags.slice(0, prefix), tail: old.flags.slice(old.flags.length - suffix) };
  return compileFlags(document, new SegmentScope(scope.own, earlier), slice, known);
}

interface KnownFlags {
  readonly head: readonly CompiledFlag[];
  readonly tail: readonly CompiledFlag[];
}

const NONE: KnownFlags = { head: [], tail: [] };

async function compileFlags(
  document: FeaturesDocument,
  scope: SegmentScope,
  slice: TimeSlice,
  { head, tail }: KnownFlags = NONE,
): Promise<CompiledDocument> {
  const faults: ReferenceFault[] = [];
  const fresh: CompiledFlag[] = [];
  const end = document.flags.length - tail.length;
  for (let index = head.length; index < end; index += 1) {
    const flag = document.flags[index] as Flag;
    const own: ReferenceFault[] = [];
    fresh.push(compiledFlag(document.namespace.key, flag, scope, own));
    for (const { path, reason } of own) faults.push({ path: ["flags", index, ...path], reason });
    if (index % FLAGS_BETWEEN_LOOKS === 0 && slice.due) await slice.next();
  }
  scope.close();
  const flags = head.length + tail.length === 0 ? fresh : head.concat(fresh, tail);
  const compiled = { document, scope, flags, faults };
  if (!scope.reachedOut) kept.set(document, compiled);
  return compiled;
}
