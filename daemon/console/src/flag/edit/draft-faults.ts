import { type Faults, keyFault } from "../../edit/faults.js";
import { jsonFault } from "../../ui/json-fault.js";
import type { Draft } from "./draft.js";

const ROUNDING = 0.01;

/** Faults that keep a draft from being saved. */
export function faultsOf({ name, metadata, variants, rules, rollouts, defaultVariant }: Draft): Faults {
  const faults = new Map<string | number, string>();
  if (name.trim() === "") faults.set("name", "A flag needs a name.");
  const data = jsonFault(metadata, "object");
  if (data !== undefined) faults.set("metadata", data);
  const keys = variants.map(({ key }) => key);
  for (const { id, key, attachment } of variants) {
    const json = jsonFault(attachment, "either");
    const odd = keyFault(key);
    if (odd !== undefined) faults.set(id, odd);
    else if (keys.filter((one) => one === key).length > 1) faults.set(id, `There are two variants ${key}.`);
    if (json !== undefined) faults.set(`attachment ${id}`, json);
  }
  if (defaultVariant !== "" && !keys.includes(defaultVariant))
    faults.set("defaultVariant", "There is no such variant.");
  for (const { id, segments, distributions } of rules) {
    const sum = distributions.reduce((all, { rollout }) => all + rollout, 0);
    const unknown = distributions.find(({ variant }) => !keys.includes(variant));
    if (segments.length === 0) faults.set(id, "A rule needs a segment.");
    else if (unknown) faults.set(id, `There is no variant ${unknown.variant}.`);
    else if (distributions.some(({ rollout }) => !isPercent(rollout))) faults.set(id, "A share is between 0 and 100.");
    else if (sum > 100 + ROUNDING) faults.set(id, `The shares make ${Math.round(sum * 100) / 100}%, more than all.`);
  }
  for (const { id, segment, threshold } of rollouts) {
    if (segment?.segments.length === 0) faults.set(id, "A rollout by segment needs a segment.");
    if (threshold && !isPercent(threshold.percentage)) faults.set(id, "A percentage is between 0 and 100.");
  }
  return faults;
}

const isPercent = (value: number): boolean => value >= 0 && value <= 100;
