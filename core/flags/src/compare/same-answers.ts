import type {
  CompiledConstraint,
  CompiledFlag,
  CompiledRollout,
  CompiledRule,
  CompiledSegment,
} from "../evaluate/compiled-flag.js";

/** Tells whether two versions of a flag are written so that they give equal answers to everybody. */
export function isSameFlag(base: CompiledFlag | undefined, head: CompiledFlag | undefined): boolean {
  if (base === head) return true;
  if (base === undefined || head === undefined) return false;
  return (
    base.type === head.type &&
    base.enabled === head.enabled &&
    base.defaultVariant?.key === head.defaultVariant?.key &&
    base.defaultVariant?.attachment === head.defaultVariant?.attachment &&
    isSameList(base.rules, head.rules, isSameRule) &&
    isSameList(base.rollouts, head.rollouts, isSameRollout)
  );
}

function isSameRule(base: CompiledRule, head: CompiledRule): boolean {
  return (
    base.and === head.and &&
    isSameList(base.cuts, head.cuts, (a, b) => a === b) &&
    isSameList(base.variants, head.variants, (a, b) => a.key === b.key && a.attachment === b.attachment) &&
    isSameList(base.segments, head.segments, isSameSegment)
  );
}

function isSameRollout(base: CompiledRollout, head: CompiledRollout): boolean {
  if (base.value !== head.value) return false;
  if (base.type === "threshold") return head.type === "threshold" && base.percentage === head.percentage;
  return head.type === "segment" && base.and === head.and && isSameList(base.segments, head.segments, isSameSegment);
}

/** Segments that were found to be the same, and not: flags share them. */
const compared = new WeakMap<CompiledSegment, { readonly head: CompiledSegment; readonly isSame: boolean }>();

function isSameSegment(base: CompiledSegment, head: CompiledSegment): boolean {
  if (base === head) return true;
  const known = compared.get(base);
  if (known?.head === head) return known.isSame;
  const isAlike = base.key === head.key && base.all === head.all;
  const isSame = isAlike && isSameList(base.constraints, head.constraints, isSameConstraint);
  compared.set(base, { head, isSame });
  return isSame;
}

function isSameConstraint(base: CompiledConstraint, head: CompiledConstraint): boolean {
  return (
    base.type === head.type &&
    base.property === head.property &&
    base.operator === head.operator &&
    base.text === head.text
  );
}

function isSameList<T>(base: readonly T[], head: readonly T[], isSame: (a: T, b: T) => boolean): boolean {
  return base.length === head.length && base.every((item, index) => isSame(item, head[index] as T));
}
