import type { JsonObject } from "@vexil/flags/read/document";
import { allOf, type Condition, EVERYBODY, present } from "../model/condition.js";
import { NotCarried } from "../model/not-carried.js";
import type { Report } from "../model/report.js";
import { type Share, type SourceFlag, type SourceRule, sharesOf } from "../model/source-flag.js";
import type { SourceValue } from "../model/source-value.js";
import { attempt } from "./attempt.js";
import { oneOf } from "./comparisons.js";
import type { UnleashConstraints } from "./unleash-constraints.js";
import { OFF, overridesOf, unleashVariants, weightsOf } from "./unleash-variants.js";

/** A feature in one environment. */
export interface EnvironmentState {
  readonly enabled: boolean;
  readonly strategies: readonly { readonly strategy: SourceValue; readonly segments: readonly SourceValue[] }[];
  readonly variants: SourceValue;
}

interface Surroundings {
  readonly constraints: UnleashConstraints;
  /** It is on only where another feature is. */
  readonly isDependent: boolean;
  readonly report: Report;
}

/** The entities that a strategy is about, and how many of them it gives the feature. */
interface Activation {
  readonly when: Condition;
  readonly percent: number;
  /** Of the hash that cuts users. */
  readonly group: string;
}

export function unleashFlag(feature: SourceValue, state: EnvironmentState, around: Surroundings): SourceFlag {
  const { report } = around;
  const { where } = feature;
  const key = feature.get("name").text();
  const active = state.strategies.filter(({ strategy }) => !strategy.get("disabled").flagOr(false));
  const variants = unleashVariants([
    state.variants,
    feature.get("variants"),
    ...active.map(({ strategy }) => strategy.get("variants")),
  ]);
  const isVariant = variants.length > 0;
  const ownVariants = state.variants.items().length > 0 ? state.variants : feature.get("variants");
  if (isVariant) {
    const done = `isEnabled is now: the variant is not ${OFF}; a payload is the attachment`;
    const why = "a flag gives true or false, or a variant, and not both";
    report.add({ kind: "changed", where, what: "a feature with variants", why, done });
  }
  let isPartial = false;
  if (around.isDependent) {
    isPartial = true;
    const why = "flags do not depend on one another";
    report.add({
      kind: "lost",
      where,
      what: `what ${key} depends on`,
      why,
      done: "it was left out, and the flag was left off",
    });
  }
  if (active.length === 0 && state.strategies.length > 0) {
    isPartial = true;
    const why = "all of them are disabled, which versions of Unleash take for different things";
    report.add({
      kind: "lost",
      where,
      what: `strategies of ${key}`,
      why,
      done: "they were left out, and the flag was left off",
    });
  }
  const groups = new Set<string>();
  const rules: SourceRule[] = [];
  for (const { strategy, segments } of active) {
    const read = attempt(report, { where: strategy.where, what: `a strategy of ${key}` }, () => {
      const activation = activationOf(strategy, segments, key, around);
      const own = strategy.get("variants").items().length > 0 ? strategy.get("variants") : ownVariants;
      if (activation.percent > 0 && activation.percent < 100) groups.add(activation.group);
      return rulesOf(strategy, activation, isVariant ? own : undefined, around.constraints);
    });
    isPartial ||= read === undefined;
    rules.push(...(read ?? []));
  }
  // Without any strategy a feature is for everybody.
  if (state.strategies.length === 0) {
    const everybody = { when: EVERYBODY, percent: 100, group: "" };
    const read = attempt(report, { where, what: `variants of ${key}` }, () =>
      rulesOf(feature, everybody, isVariant ? ownVariants : undefined, around.constraints),
    );
    isPartial ||= read === undefined;
    rules.push(...(read ?? []));
  }
  const off = isVariant ? OFF : "false";
  return {
    key,
    name: key,
    description: feature.get("description").textOr(""),
    ...metadataOf(feature),
    where,
    variants: isVariant
      ? [...variants, { name: OFF, value: null }]
      : [true, false].map((value) => ({ name: String(value), value })),
    enabled: state.enabled,
    off,
    rules,
    otherwise: [{ variant: off, percent: 100 }],
    isPartial,
    ...(groups.size <= 1 ? { nestsAround: off } : {}),
    ...(isVariant ? { givesNames: true as const } : {}),
  };
}

function rulesOf(
  place: SourceValue,
  { when, percent }: Activation,
  variants: SourceValue | undefined,
  constraints: UnleashConstraints,
): readonly SourceRule[] {
  if (percent <= 0) return [];
  const rule = (shares: readonly Share[], of: Condition): SourceRule => ({
    where: place.where,
    description: place.get("title").textOr(""),
    when: of,
    shares,
    rest: 100 - percent,
  });
  if (variants === undefined) return [rule([{ variant: "true", percent }], when)];
  const overrides = overridesOf(variants, constraints);
  if (overrides.length > 0 && percent < 100) throw new NotCarried("overrides of variants in a part of the users");
  const weights = weightsOf(variants, constraints);
  const shares = weights.length === 0 ? [] : sharesOf(weights, 100 - percent);
  return [
    ...overrides.map((one) => rule([{ variant: one.variant, percent: 100 }], allOf([when, one.when]))),
    rule(shares.length === 0 ? [{ variant: OFF, percent }] : shares, when),
  ];
}

/** @throws NotCarried */
function activationOf(
  strategy: SourceValue,
  segments: readonly SourceValue[],
  key: string,
  { constraints }: Surroundings,
): Activation {
  const kind = (strategy.get("name").isAbsent ? strategy.get("strategyName") : strategy.get("name")).text();
  const parameters = strategy.get("parameters");
  const conditions = [
    ...strategy
      .get("constraints")
      .items()
      .map((one) => constraints.condition(one)),
    ...[...strategy.get("segments").items(), ...segments].map((one) => constraints.segment(one)),
  ];
  const group = String(parameters.get("groupId").raw || key);
  const number = (name: string): number => Math.min(100, Math.max(0, Number(parameters.get(name).raw ?? 0) || 0));
  const by = (stickiness: string, percent: number): Activation => {
    const subject = constraints.subject(stickiness);
    if (stickiness === "default" || subject.isEntity) return { when: allOf(conditions), percent, group };
    if (percent > 0 && percent < 100)
      throw new NotCarried(`a percentage by ${stickiness}, which is not the entity's id`);
    // Whoever has nothing to be cut by does not get it.
    return {
      when: stickiness === "random" ? allOf(conditions) : allOf([...conditions, present(stickiness)]),
      percent,
      group,
    };
  };
  switch (kind) {
    case "default":
      return { when: allOf(conditions), percent: 100, group };
    case "flexibleRollout":
      return by(parameters.get("stickiness").textOr("") || "default", number("rollout"));
    case "gradualRolloutUserId":
      return by("userId", number("percentage"));
    case "gradualRolloutSessionId":
      return by("sessionId", number("percentage"));
    case "gradualRolloutRandom":
      return by("random", number("percentage"));
    case "userWithId": {
      const ids = parameters
        .get("userIds")
        .textOr("")
        .split(/\s*,\s*/)
        .filter((id) => id.trim() !== "");
      return { when: allOf([...conditions, oneOf(constraints.subject("userId"), ids)]), percent: 100, group };
    }
    default:
      throw new NotCarried(`the strategy ${kind}`);
  }
}

function metadataOf(feature: SourceValue): { readonly metadata?: JsonObject } {
  const type = feature.get("type").textOr("");
  const isStale = feature.get("stale").flagOr(false);
  if (type === "" && !isStale) return {};
  return { metadata: { ...(type === "" ? {} : { type }), ...(isStale ? { stale: true } : {}) } };
}
