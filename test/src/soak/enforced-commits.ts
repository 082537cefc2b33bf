import type { Random } from "./random.js";

export const NAMESPACE = "shop";
const FLAGS = "shop/features.yaml";
const TESTS = "shop/features.test.yaml";
/** Another file of the namespace, loaded before the flags. */
const SEGMENTS = "segments/features.yaml";

/** A commit on top of any other. */
export interface EnforcedCommit {
  readonly files: Readonly<Record<string, string | undefined>>;
  readonly isGood: boolean;
  /** The variant that the flag `state` gives somebody of the plan `beta`. */
  readonly value: string;
  /** How it is made, for reports. */
  readonly what: string;
}

const flags = (value: string): string => `namespace: ${NAMESPACE}
flags:
  - key: state
    name: State
    type: VARIANT_FLAG_TYPE
    enabled: true
    variants: [{ key: ${value} }, { key: bad, default: true }]
    rules: [{ segment: beta, distributions: [{ variant: ${value}, rollout: 100 }] }]
`;
const segments = (plan: string): string => `namespace: ${NAMESPACE}
segments:
  - key: beta
    name: Beta
    match_type: ALL_MATCH_TYPE
    constraints: [{ type: STRING_COMPARISON_TYPE, property: plan, operator: eq, value: ${plan} }]
`;
const tests = (value: string): string => `version: "1"
tests:
  - { name: beta users, flag: state, entity: ada, context: { plan: beta }, expect: { variant: ${value} } }
`;

export function goodCommit(number: number): EnforcedCommit {
  const value = `g${number}`;
  const files = { [FLAGS]: flags(value), [SEGMENTS]: segments("beta"), [TESTS]: tests(value) };
  return { files, isGood: true, value, what: "a good push" };
}

/** A commit that is good, or fails its tests in one of the ways in which that can be. */
export function enforcedCommit(number: number, random: Random): EnforcedCommit {
  const good = goodCommit(number);
  if (random.chance(0.4)) return good;
  const value = `b${number}`;
  const failing: Readonly<Record<string, EnforcedCommit["files"]>> = {
    "a changed flag": { [FLAGS]: flags(value) },
    "a changed segment": { [SEGMENTS]: segments(`p${number}`) },
    "changed tests": { [TESTS]: tests(value) },
    "changed flags and tests of others": { [FLAGS]: flags(value), [TESTS]: tests(`x${number}`) },
    "a tests file with a fault": { [FLAGS]: flags(value), [TESTS]: `version: "1"\ntests: [${number}` },
    "no flags": { [FLAGS]: undefined, [TESTS]: tests(value) },
  };
  const what = random.pick(Object.keys(failing));
  // All else is as in the good one, whatever was before.
  return { files: { ...good.files, ...failing[what] }, isGood: false, value, what };
}
