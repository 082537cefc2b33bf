import type { Flag, JsonValue, Rollout, Rule, Segment } from "@vexil/flags/read/document";
import { NotCarried } from "../model/not-carried.js";
import type { Report } from "../model/report.js";
import type { WrittenNamespace } from "../model/written-namespace.js";
import { constraintLogic } from "./flagd-logic.js";

/** Weights are whole numbers there: three places of a percentage. */
const WEIGHT = 1000;

/**
 * A namespace as flagd's definitions: https://flagd.dev/reference/flag-definitions/. Segments are its evaluators.
 * @param report is told what could not be said there
 */
export function flagdDefinition({ key, flags, segments }: WrittenNamespace, report: Report): object {
  const evaluators: (readonly [string, unknown])[] = [];
  const unsaid = new Map<string, string>();
  for (const segment of segments) {
    try {
      evaluators.push([segment.key, segmentLogic(segment)]);
    } catch (error) {
      if (!(error instanceof NotCarried)) throw error;
      unsaid.set(segment.key, error.message);
    }
  }
  const entries = flags.map((flag) => [flag.key, flagEntry(flag, unsaid, report)] as const);
  return {
    $schema: "https://flagd.dev/schema/v0/flags.json",
    metadata: { flagSetId: key },
    flags: Object.fromEntries(entries),
    ...(evaluators.length === 0 ? {} : { $evaluators: Object.fromEntries(evaluators) }),
  };
}

function flagEntry(flag: Flag, unsaid: ReadonlyMap<string, string>, report: Report): object {
  const { variants, metadata } = flag;
  const isBoolean = flag.type === "BOOLEAN_FLAG_TYPE";
  const standard = isBoolean ? String(flag.enabled) : variants.findLast((variant) => variant.default)?.key;
  const values = isBoolean ? { true: true, false: false } : variantValues(flag);
  const used = [...flag.rules, ...flag.rollouts.flatMap(({ segment }) => segment ?? [])].flatMap((one) => one.segments);
  const lost = used.find((key) => unsaid.has(key));
  if (lost !== undefined) {
    const why = `the segment ${lost} has ${unsaid.get(lost)}`;
    report.add({
      kind: "lost",
      where: `flags.${flag.key}`,
      what: "rules",
      why,
      done: isBoolean ? "it gives false" : "it gives its default variant, or nothing",
    });
  }
  const isOff = !isBoolean && !flag.enabled;
  if (isOff && flag.rules.length > 0) {
    const why = "a flag that is off gives its default variant here, and nothing there";
    report.add({
      kind: "lost",
      where: `flags.${flag.key}`,
      what: "rules of a flag that is off",
      why,
      done: "they were left out",
    });
  }
  const steps =
    lost !== undefined || isOff ? [] : isBoolean ? flag.rollouts.flatMap(rolloutSteps) : flag.rules.flatMap(ruleSteps);
  return {
    state: isOff && standard === undefined ? "DISABLED" : "ENABLED",
    variants: values,
    defaultVariant: lost !== undefined && isBoolean ? "false" : (standard ?? null),
    ...(steps.length === 0 ? {} : { targeting: { if: [...steps, null] } }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** Keys as texts, or attachments where some variant has one. */
function variantValues({ variants }: Flag): Readonly<Record<string, JsonValue>> {
  const hasAttachments = variants.some(({ attachment }) => attachment !== undefined && attachment !== null);
  return Object.fromEntries(
    variants.map(({ key, attachment = null }) => {
      if (!hasAttachments) return [key, key];
      return [key, Array.isArray(attachment) ? { value: attachment } : (attachment ?? {})];
    }),
  );
}

function rolloutSteps({ segment, threshold }: Rollout): readonly unknown[] {
  if (segment !== undefined) return [reference(segment), String(segment.value)];
  if (threshold === undefined || threshold.percentage <= 0) return [];
  const [value, other] = [String(threshold.value), String(!threshold.value)];
  if (threshold.percentage >= 100) return [true, value];
  const parts = [value, other].map((name, index) => [
    name,
    weightOf(index === 0 ? threshold.percentage : 100 - threshold.percentage),
  ]);
  return [{ "==": [{ fractional: parts }, value] }, value];
}

function ruleSteps(rule: Rule): readonly unknown[] {
  const parts = rule.distributions.filter(({ rollout }) => rollout > 0);
  const [first] = parts;
  if (first === undefined) return [reference(rule), null];
  if (parts.length === 1) return [reference(rule), first.variant];
  return [reference(rule), { fractional: parts.map(({ variant, rollout }) => [variant, weightOf(rollout)]) }];
}

const weightOf = (percent: number): number => Math.round(percent * WEIGHT);

function reference({ segments, segmentOperator }: Pick<Rule, "segments" | "segmentOperator">): unknown {
  const each = segments.map((key) => ({ $ref: key }));
  const isAll = segmentOperator === "AND_SEGMENT_OPERATOR";
  if (each.length === 0) return isAll;
  return each.length === 1 ? each[0] : { [isAll ? "and" : "or"]: each };
}

function segmentLogic({ matchType, constraints }: Segment): unknown {
  const each = constraints.map(constraintLogic);
  // Expressions of evaluators are no bare values.
  if (each.length === 0) return { "==": [1, 1] };
  return each.length === 1 ? each[0] : { [matchType === "ALL_MATCH_TYPE" ? "and" : "or"]: each };
}
