import type { JsonValue } from "@vexil/flags/read/document";
import { anyOf, type Condition } from "../model/condition.js";
import { NotCarried } from "../model/not-carried.js";
import type { SourceVariant } from "../model/source-flag.js";
import type { SourceValue } from "../model/source-value.js";
import { oneOf } from "./comparisons.js";
import type { UnleashConstraints } from "./unleash-constraints.js";

/** The variant while a feature is off, as the SDKs call it. */
export const OFF = "disabled";

/** Variants of all lists by their names. */
export function unleashVariants(lists: readonly SourceValue[]): readonly SourceVariant[] {
  const variants = new Map<string, SourceVariant>();
  for (const variant of lists.flatMap((list) => list.items())) {
    const name = variant.get("name").text();
    if (!variants.has(name) && name !== OFF) variants.set(name, { name, value: payloadOf(variant.get("payload")) });
  }
  return [...variants.values()];
}

function payloadOf(payload: SourceValue): JsonValue {
  if (payload.isAbsent) return null;
  const text = payload.get("value").text();
  const type = payload.get("type").text();
  if (type === "number" && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  if (type !== "json") return text;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

/**
 * Parts of the variants.
 * @throws NotCarried where users are dealt to them by something else than the entity's id; the first one says by what
 */
export function weightsOf(
  variants: SourceValue,
  constraints: UnleashConstraints,
): readonly { readonly variant: string; readonly weight: number }[] {
  const items = variants.items();
  const weights = items.map((one) => ({ variant: one.get("name").text(), weight: one.get("weight").numberOr(0) }));
  const by = items[0]?.get("stickiness").textOr("") || "default";
  const isCut = weights.filter(({ weight }) => weight > 0).length > 1;
  if (isCut && by !== "default" && !constraints.subject(by).isEntity) {
    throw new NotCarried(`variants by ${by}, which is not the entity's id`);
  }
  return weights;
}

/** Entities that are given one variant whatever the weights are. */
export function overridesOf(
  variants: SourceValue,
  constraints: UnleashConstraints,
): readonly { readonly variant: string; readonly when: Condition }[] {
  return variants.items().flatMap((variant) => {
    const overrides = variant.get("overrides").items();
    if (overrides.length === 0) return [];
    const when = overrides.map((one) => {
      const values = one
        .get("values")
        .items()
        .map((value) => value.text());
      return oneOf(constraints.subject(one.get("contextName").text()), values);
    });
    return [{ variant: variant.get("name").text(), when: anyOf(when) }];
  });
}
