import { variantBucket } from "@vexil/flags/evaluate/bucket";
import { type Context, contextValue } from "@vexil/flags/evaluate/context";
import { trimSpace } from "@vexil/flags/evaluate/trim-space";
import type { Constraint, Flag, Segment } from "@vexil/flags/read/document";

// The differences between server and client engine that are known, and no others.
const INT = /^[+-]?[0-9]+$/;
const isInt32 = (text: string): boolean => INT.test(text) && Math.abs(Number(text)) < 2 ** 31;
const STRICT_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/;
const LIKE_TIME = /^\d{4}-\d\d-\d\d/;
const BOOLEANS = new Set(["", "true", "false"]);
const BOOLEAN_FORMS = new Set(["1", "t", "T", "TRUE", "True", "0", "f", "F", "FALSE", "False"]);

function constraintDiffers({ type, operator, value, property }: Constraint, entity: string, context: Context): boolean {
  const given = type === "ENTITY_ID_COMPARISON_TYPE" ? entity : contextValue(context, property);
  if (["empty", "notempty", "present", "notpresent"].includes(operator)) return given !== "" && trimSpace(given) === "";
  if (operator === "prefix" || operator === "suffix") return trimSpace(given) !== given;
  if (type === "BOOLEAN_COMPARISON_TYPE") return BOOLEAN_FORMS.has(given) && !BOOLEANS.has(given);
  if (type === "NUMBER_COMPARISON_TYPE") {
    const items = operator.startsWith("is") ? (JSON.parse(value) as number[]).map(String) : [value];
    return given !== "" && !(isInt32(given) && items.every(isInt32));
  }
  if (type === "DATETIME_COMPARISON_TYPE") {
    return [given, value].some((text) => LIKE_TIME.test(text) && !STRICT_TIME.test(text));
  }
  return operator.startsWith("is") && value.includes("\\");
}

/** Tells whether an evaluation of the flag may come out differently for a documented reason. */
export function mayDiffer(flag: Flag, segments: readonly Segment[], entity: string, context: Context): boolean {
  const used = new Set([
    ...flag.rules.flatMap((rule) => rule.segments),
    ...flag.rollouts.flatMap((rollout) => rollout.segment?.segments ?? []),
  ]);
  const differs = segments
    .filter(({ key }) => used.has(key))
    .some(({ constraints }) => constraints.some((constraint) => constraintDiffers(constraint, entity, context)));
  return differs || flag.rules.some((rule) => cutsDiffer(rule.distributions, flag.key, entity));
}

/**
 * The engine rounds cut points, the server truncates them: buckets in between differ. A distribution that rounds to no
 * bucket at all gives two equal cut points: the server takes the first, the engine's binary search either.
 */
function cutsDiffer(distributions: Flag["rules"][number]["distributions"], flagKey: string, entity: string): boolean {
  const used = distributions.filter(({ rollout }) => rollout > 0);
  const total = used.reduce((sum, { rollout }) => Math.fround(sum + Math.fround(rollout)), 0);
  const bucket = variantBucket(flagKey, entity);
  let sum = 0;
  const cuts = used.map(({ rollout }) => {
    sum = Math.fround(sum + Math.fround(Math.fround(Math.fround(rollout) / total) * 100));
    return Math.fround(sum * 10);
  });
  const rounded = cuts.map((cut) => Math.round(cut));
  return cuts.some((cut, index) => {
    const isEmpty =
      rounded[index] === rounded[index + 1] && (bucket === rounded[index] || bucket + 1 === rounded[index]);
    return isEmpty || (index < cuts.length - 1 && bucket >= Math.trunc(cut) && bucket < Math.round(cut));
  });
}
