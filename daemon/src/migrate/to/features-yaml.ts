import type { Constraint, Flag, Rule, Segment } from "@vexil/flags/read/document";
import { stringify } from "yaml";
import type { WrittenNamespace } from "../model/written-namespace.js";

/** A namespace as a features file, with the fields in the order that writes have them in. */
export function featuresYaml(namespace: WrittenNamespace): string {
  return stringify(featuresDocument(namespace), { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** The same as values: `features.json`. */
export function featuresDocument({ key, name, description, flags, segments }: WrittenNamespace): object {
  const hasNames = name !== undefined || (description !== undefined && description !== "");
  return {
    version: "1.6",
    namespace: hasNames ? filled({ key, name, description }) : key,
    ...(flags.length === 0 ? {} : { flags: flags.map(flagEntry) }),
    ...(segments.length === 0 ? {} : { segments: segments.map(segmentEntry) }),
  };
}

function flagEntry({ key, name, type, description, enabled, metadata, variants, rules, rollouts }: Flag): object {
  return {
    ...filled({ key, name, type, description }),
    enabled,
    ...filled({
      metadata,
      variants: variants.map((variant) => {
        const { attachment } = variant;
        return {
          ...filled({
            default: variant.default,
            key: variant.key,
            name: variant.name,
            description: variant.description,
          }),
          ...(attachment === undefined ? {} : { attachment }),
        };
      }),
      rules: rules.map(ruleEntry),
      rollouts: rollouts.map(({ description: text, segment, threshold }) => ({
        ...filled({ description: text }),
        ...(segment === undefined ? {} : { segment: { ...reference(segment), ...filled({ value: segment.value }) } }),
        ...(threshold === undefined
          ? {}
          : { threshold: { percentage: threshold.percentage, ...filled({ value: threshold.value }) } }),
      })),
    }),
  };
}

function ruleEntry(rule: Rule): object {
  return {
    segment: reference(rule),
    ...filled({ distributions: rule.distributions.map(({ variant, rollout }) => ({ variant, rollout })) }),
  };
}

function reference({ segments, segmentOperator }: Pick<Rule, "segments" | "segmentOperator">): object {
  return { keys: segments, operator: segmentOperator };
}

function segmentEntry({ key, name, description, constraints, matchType }: Segment): object {
  return {
    ...filled({ key, name, description, constraints: constraints.map(constraintEntry) }),
    match_type: matchType,
  };
}

function constraintEntry({ type, property, operator, value, description }: Constraint): object {
  const isList = operator === "isoneof" || operator === "isnotoneof";
  return {
    type,
    property,
    operator,
    ...(isList ? { value: JSON.parse(value) as unknown } : filled({ value })),
    ...filled({ description }),
  };
}

/** Without what is empty. */
function filled(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isFilled = (value: unknown): boolean =>
    value !== undefined && value !== "" && value !== false && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isFilled(value)));
}
