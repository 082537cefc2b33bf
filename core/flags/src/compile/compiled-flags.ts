import type { CompiledFlag } from "../evaluate/compiled-flag.js";
import { NOTHING } from "../evaluate/shared-lists.js";
import type { FeaturesDocument, Flag, Segment } from "../read/document.js";
import { compileFlag, type ReferenceFault } from "./compile-flag.js";
import type { ScopedSegment, SegmentScope } from "./segment-scope.js";

/** One document with its flags prepared, in file order. */
export interface CompiledDocument {
  readonly document: FeaturesDocument;
  readonly scope: SegmentScope;
  readonly flags: readonly CompiledFlag[];
  /** Paths are seen from the document. */
  readonly faults: readonly ReferenceFault[];
}

/** A flag's prepared form, and the segments that it was prepared with, in the order in which the flag names them. */
interface Kept {
  readonly compiled: CompiledFlag;
  readonly segments: readonly (Segment | undefined)[];
}

const kept = new WeakMap<Flag, Kept>();

/**
 * {@link compileFlag}, once for each flag: a document edited in one place shares its other flags with the one before,
 * and as long as they mean the same segments nothing of them is made anew.
 */
export function compiledFlag(
  namespace: string,
  flag: Flag,
  scope: SegmentScope,
  faults: ReferenceFault[],
): CompiledFlag {
  const segments = segmentsOf(flag, scope);
  const known = kept.get(flag);
  if (known?.segments.every((segment, index) => segment === segments[index])) {
    return known.compiled;
  }
  const before = faults.length;
  const compiled = compileFlag(namespace, flag, scope, faults);
  if (faults.length === before) kept.set(flag, { compiled, segments });
  return compiled;
}

function segmentsOf(flag: Flag, scope: SegmentScope): readonly (Segment | undefined)[] {
  const found: (ScopedSegment | undefined)[] = [];
  for (const rule of flag.rules) for (const key of rule.segments) found.push(scope.find(key));
  for (const { segment } of flag.rollouts) {
    for (const key of segment?.segments ?? []) found.push(scope.find(key));
  }
  const [first] = found;
  if (found.length === 0) return NOTHING;
  // The list stays for as long as the flag does: it has no room for more.
  return found.length === 1 && first !== undefined ? first.alone.segments : found.map((one) => one?.segment);
}
