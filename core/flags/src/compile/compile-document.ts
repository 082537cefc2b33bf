import type { TimeSlice } from "../parse/time-slice.js";
import type { FeaturesDocument } from "../read/document.js";
import type { ReferenceFault } from "./compile-flag.js";
import { compiledFlag } from "./compiled-flags.js";
import { type ScopedSegment, SegmentScope } from "./segment-scope.js";
import type { CompiledFlag } from "./snapshot.js";

/** One document with its flags prepared, in file order. */
export interface CompiledDocument {
  readonly document: FeaturesDocument;
  readonly scope: SegmentScope;
  readonly flags: readonly CompiledFlag[];
  /** Paths are seen from the document. */
  readonly faults: readonly ReferenceFault[];
}

/** Results that depend on a document alone, kept for as long as the document is. */
const kept = new WeakMap<FeaturesDocument, CompiledDocument>();
const FLAGS_BETWEEN_LOOKS = 16;

/** Prepares a document's flags; `earlier` has the segments of the namespace's documents before it. */
export async function compileDocument(
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
