import type { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { CompiledFlag } from "../evaluate/compiled-flag.js";
import type { FeaturesDocument } from "../read/document.js";
import type { ValuePlace } from "../read/locate-values.js";
import type { ReferenceFault } from "./compile-flag.js";
import { type CompiledDocument, compiledFlag } from "./compiled-flags.js";
import type { LoadedFile } from "./file-cache.js";
import { BuiltNamespace, type PlacedDocument } from "./namespace-snapshot.js";
import { type ScopedSegment, SegmentScope } from "./segment-scope.js";

/** Results that depend on a document alone, kept for as long as the document is. */
const kept = new WeakMap<FeaturesDocument, CompiledDocument>();
const FLAGS_BETWEEN_LOOKS = 16;

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

/** Puts a namespace together from its documents, in load order; or says why it cannot be. */
export async function compileNamespace(
  sources: readonly DocumentSource[],
  builtAt: number,
  slice: TimeSlice,
): Promise<{ readonly namespace: BuiltNamespace } | { readonly faults: readonly NamespaceFault[] }> {
  const segments = new Map<string, ScopedSegment>();
  const documents: PlacedDocument[] = [];
  const faults: NamespaceFault[] = [];
  for (const { file, index, document } of sources) {
    const compiled = await compileDocument(document, segments, slice);
    for (const [key, segment] of compiled.scope.own) segments.set(key, segment);
    documents.push({ ...compiled, file: file.path, oid: file.oid, index, sha1: file.parsed.sha1 });
    for (const { path, reason } of compiled.faults) faults.push({ file, place: { document: index, path }, reason });
  }
  if (faults.length > 0) return { faults };
  return { namespace: new BuiltNamespace(documents, inputsOf(sources), builtAt) };
}

/** Prepares a document's flags; `earlier` has the segments of the namespace's documents before it. */
async function compileDocument(
  document: FeaturesDocument,
  earlier: ReadonlyMap<string, ScopedSegment>,
  slice: TimeSlice,
): Promise<CompiledDocument> {
  const known = kept.get(document);
  if (known !== undefined) return known;
  const scope = new SegmentScope(document, earlier);
  const faults: ReferenceFault[] = [];
  const flags: CompiledFlag[] = [];
  for (const [index, flag] of document.flags.entries()) {
    const own: ReferenceFault[] = [];
    flags.push(compiledFlag(document.namespace.key, flag, scope, own));
    for (const { path, reason } of own) faults.push({ path: ["flags", index, ...path], reason });
    if (index % FLAGS_BETWEEN_LOOKS === 0 && slice.due) await slice.next();
  }
  scope.close();
  const compiled = { document, scope, flags, faults };
  if (!scope.reachedOut) kept.set(document, compiled);
  return compiled;
}
