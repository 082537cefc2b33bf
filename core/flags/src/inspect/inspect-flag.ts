import type { Fields } from "../read/field-reader.js";
import type { ValuePath } from "../read/source-document.js";
import { type Inspection, keyedMaps, maps } from "./inspection.js";

/** Sums of shares such as 33.33 are a little off. */
const SLACK = 1e-6;

/** A flag as it is written, whatever its faults are. */
export function inspectFlag(flag: Fields, path: ValuePath, namespace: string, inspection: Inspection): void {
  const name = `flag ${namespace}/${String(flag.key)}`;
  const variants = inspectVariants(flag, path, inspection);
  for (const [index, rule] of maps(flag.rules)) {
    const at = [...path, "rules", index];
    refer(rule.segment, at, `${name} rule ${index + 1}`, inspection);
    inspectDistributions(rule, at, inspection);
    for (const [position, { variant }] of maps(rule.distributions)) {
      if (typeof variant !== "string" || variants.has(variant)) continue;
      const reason = `${name} rule ${index + 1} references unknown variant ${JSON.stringify(variant)}`;
      inspection.refuse([...at, "distributions", position, "variant"], reason);
    }
  }
  for (const [index, rollout] of maps(flag.rollouts)) {
    const at = [...path, "rollouts", index];
    inspectRollout(rollout, at, inspection);
    refer(rollout.segment, at, `${name} rule ${index + 1}`, inspection);
  }
}

function inspectVariants(flag: Fields, path: ValuePath, inspection: Inspection): ReadonlySet<string> {
  const keys = new Set<string>();
  const defaults: ValuePath[] = [];
  for (const [index, key, variant] of keyedMaps(flag.variants)) {
    const at = [...path, "variants", index];
    if (keys.has(key)) {
      inspection.warn("duplicate-variant", [...at, "key"], `variant ${JSON.stringify(key)} is there already`);
    }
    keys.add(key);
    if (variant.default === true) defaults.push([...at, "default"]);
  }
  for (const at of defaults.slice(0, -1)) {
    inspection.warn("several-defaults", at, "another variant is the default one, too; the last counts");
  }
  return keys;
}

function inspectDistributions({ distributions }: Fields, path: ValuePath, inspection: Inspection): void {
  let sum = 0;
  for (const [, { rollout }] of maps(distributions)) sum += typeof rollout === "number" ? rollout : 0;
  if (sum <= 100 + SLACK) return;
  const shown = Math.round(sum * 1e4) / 1e4;
  inspection.warn(
    "rollout-sum",
    [...path, "distributions"],
    `the rollouts sum to ${shown} %, above 100; they count in proportion`,
  );
}

function inspectRollout(rollout: Fields, path: ValuePath, inspection: Inspection): void {
  const { threshold } = rollout;
  if (threshold === undefined && rollout.segment === undefined) {
    inspection.warn("empty-rollout", path, "a rollout with neither segment nor threshold is skipped");
  }
  const percentage: unknown = Object(threshold).percentage;
  if (typeof percentage !== "number" || (percentage >= 0 && percentage <= 100)) return;
  const meaning = percentage > 100 ? "everybody" : "nobody";
  inspection.warn(
    "percentage-range",
    [...path, "threshold", "percentage"],
    `${percentage} is not between 0 and 100; it means ${meaning}`,
  );
}

/** The segments that a rule or rollout names, in any of the ways there are. */
function refer(segment: unknown, path: ValuePath, name: string, inspection: Inspection): void {
  const { key, keys }: Fields = typeof segment === "string" ? { key: segment } : Object(segment);
  const named: readonly unknown[] = Array.isArray(keys) ? keys : [key];
  for (const one of named) {
    if (typeof one !== "string") continue;
    inspection.refer([...path, "segment"], one, `${name} references unknown segment ${JSON.stringify(one)}`);
  }
}
