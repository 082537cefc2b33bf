import { compileSegment } from "../evaluate/compile-segment.js";
import type { CompiledSegment } from "../evaluate/compiled-flag.js";
import { NOTHING } from "../evaluate/shared-lists.js";
import type { FeaturesDocument, Segment } from "../read/document.js";

/** A segment as rules may refer to it; `compiled` is undefined when it is malformed. */
export interface ScopedSegment {
  readonly segment: Segment;
  readonly compiled: CompiledSegment | undefined;
  /** The two alone in lists, for the many rules that name no other. */
  readonly alone: { readonly segments: readonly [Segment]; readonly compiled: readonly CompiledSegment[] };
}

/**
 * The segments a document's flags can refer to: its own, then those of the namespace's earlier documents. What was
 * found once stays the answer, also when later documents replace the segment.
 */
export class SegmentScope {
  readonly own: ReadonlyMap<string, ScopedSegment>;
  readonly #borrowed = new Map<string, ScopedSegment>();
  #earlier: ReadonlyMap<string, ScopedSegment> | undefined;
  #reachedOut = false;

  constructor(own: ReadonlyMap<string, ScopedSegment>, earlier: ReadonlyMap<string, ScopedSegment>) {
    this.own = own;
    this.#earlier = earlier;
  }

  static of(document: FeaturesDocument, earlier: ReadonlyMap<string, ScopedSegment>): SegmentScope {
    const own = new Map<string, ScopedSegment>();
    for (const segment of document.segments) own.set(segment.key, scoped(segment));
    return new SegmentScope(own, earlier);
  }

  /** True if anything was looked for beyond the document itself. */
  get reachedOut(): boolean {
    return this.#reachedOut;
  }

  find(key: string): ScopedSegment | undefined {
    const own = this.own.get(key) ?? this.#borrowed.get(key);
    if (own !== undefined) return own;
    this.#reachedOut = true;
    const found = this.#earlier?.get(key);
    if (found !== undefined) this.#borrowed.set(key, found);
    return found;
  }

  /** Ends the time in which earlier documents count. */
  close(): void {
    this.#earlier = undefined;
  }
}

const kept = new WeakMap<Segment, ScopedSegment>();

/** Compiled once: a document edited in one place shares its other segments with the one before. */
function scoped(segment: Segment): ScopedSegment {
  const known = kept.get(segment);
  if (known !== undefined) return known;
  const compiled = compileSegment(segment);
  const alone = { segments: [segment] as const, compiled: compiled === undefined ? NOTHING : [compiled] };
  const made = { segment, compiled, alone };
  kept.set(segment, made);
  return made;
}
