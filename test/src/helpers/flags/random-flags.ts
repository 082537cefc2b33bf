import type { Constraint, Flag, Segment } from "@vexil/flags/read/document";
import fc from "fast-check";

export interface RandomFlags {
  readonly flags: readonly Flag[];
  readonly segments: readonly Segment[];
}

const key = fc.stringMatching(/^[-_,A-Za-z0-9]{1,6}$/);
const PROPERTIES = ["plan", "age", "born", "beta", "näme", "constructor"];
const SEGMENTS = ["s1", "s2", "s3", "s4"];
const VARIANTS = ["a", "b", "c", "ü"];

const text = fc.oneof(
  fc.constantFrom("a", "b", "ab", "abc", "A", "", " ", " a", "a ", "é", "日本", "true", "5", "null", '"q"', "\\"),
  fc.string({ maxLength: 4 }),
);
const number = fc.oneof(
  fc.integer({ min: -20, max: 20 }).map(String),
  fc.constantFrom(
    "0",
    "-0",
    "+5",
    "007",
    "2147483647",
    "2147483648",
    "1.5",
    "1e3",
    "0x10",
    "1_0",
    "NaN",
    "Inf",
    "x",
    " 5",
  ),
);
const time = fc.oneof(
  fc.constantFrom(
    "2024-01-02T00:00:00Z",
    "2024-01-02T02:00:00+02:00",
    "2024-01-01T23:59:59-00:00",
    "2024-01-03T00:00:00Z",
  ),
  fc.constantFrom("2024-01-02", "2024-01-02T00:00:00.5Z", "2024-01-02t00:00:00z", "garbage", "2024-02-30T00:00:00Z"),
);
const flagValue = fc.constantFrom("true", "false", "1", "0", "T", "no", "");

/** Something a context may hold for any property. */
export const contextValue = fc.oneof(text, number, time, flagValue);

const property = fc.constantFrom(...PROPERTIES);
const texts = fc.array(text, { maxLength: 4 }).map((list) => JSON.stringify(list));
const numbers = fc.array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant(1.5)), { maxLength: 4 });
const TEXT_OPERATORS = ["eq", "neq", "prefix", "suffix", "contains", "notcontains", "empty", "notempty"];
const ORDER_OPERATORS = ["eq", "neq", "lt", "lte", "gt", "gte"];

function constraints(
  types: readonly Constraint["type"][],
  operators: readonly string[],
  value: fc.Arbitrary<string>,
): fc.Arbitrary<Constraint> {
  return fc.record({
    type: fc.constantFrom(...types),
    property,
    operator: fc.constantFrom(...operators),
    value,
    description: fc.constant(""),
  });
}

const TEXT_TYPES = ["STRING_COMPARISON_TYPE", "ENTITY_ID_COMPARISON_TYPE"] as const;
const PRESENCE = ["present", "notpresent"];
const constraint = fc.oneof(
  constraints(TEXT_TYPES, TEXT_OPERATORS, text),
  constraints(TEXT_TYPES, ["isoneof", "isnotoneof"], texts),
  constraints(["NUMBER_COMPARISON_TYPE"], ORDER_OPERATORS, number),
  constraints(
    ["NUMBER_COMPARISON_TYPE"],
    ["isoneof", "isnotoneof"],
    numbers.map((list) => JSON.stringify(list)),
  ),
  constraints(
    ["NUMBER_COMPARISON_TYPE", "BOOLEAN_COMPARISON_TYPE", "DATETIME_COMPARISON_TYPE"],
    PRESENCE,
    fc.constant(""),
  ),
  constraints(["BOOLEAN_COMPARISON_TYPE"], ["true", "false"], fc.constant("")),
  constraints(["DATETIME_COMPARISON_TYPE"], ORDER_OPERATORS, time),
);

/** A lower and an upper bound on one property, with room between them: nothing that they name is in it. */
function bounds(
  type: "NUMBER_COMPARISON_TYPE" | "DATETIME_COMPARISON_TYPE",
  pairs: fc.Arbitrary<readonly [string, string]>,
): fc.Arbitrary<readonly Constraint[]> {
  const order = [fc.constantFrom("gt", "gte"), fc.constantFrom("lt", "lte")] as const;
  return fc.tuple(property, pairs, fc.tuple(...order)).map(([own, values, operators]) =>
    values.map((value, index) => ({
      type,
      property: own,
      operator: operators[index] ?? "",
      value,
      description: "",
    })),
  );
}

const between = fc.oneof(
  bounds(
    "NUMBER_COMPARISON_TYPE",
    fc
      .tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: 2, max: 9 }))
      .map(([from, width]) => [String(from), String(from + width)] as const),
  ),
  bounds(
    "DATETIME_COMPARISON_TYPE",
    fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 5 }))
      .map(([day, days]) => [`2024-01-0${day}`, `2024-01-0${day + days}T00:00:00Z`] as const),
  ),
);

const segment = (name: string): fc.Arbitrary<Segment> =>
  fc.record({
    key: fc.constant(name),
    name: fc.constant("S"),
    description: fc.constant(""),
    matchType: fc.constantFrom("ALL_MATCH_TYPE" as const, "ANY_MATCH_TYPE" as const),
    constraints: fc.oneof(
      fc.array(constraint, { maxLength: 3 }),
      fc.tuple(between, fc.array(constraint, { maxLength: 1 })).map((parts) => parts.flat()),
    ),
  });

const references = fc.array(fc.constantFrom(...SEGMENTS), { maxLength: 3 });
const segmentOperator = fc.constantFrom("OR_SEGMENT_OPERATOR" as const, "AND_SEGMENT_OPERATOR" as const);
const percentage = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(33.33, 33.34, 0.01, 12.5, 99.99));
// JSON text of large floats has no point, and integers of more than 64 bits are faults.
const small = (_: string, value: unknown): unknown =>
  typeof value === "number" && Math.abs(value) >= 2 ** 63 ? 1 : value;
const json = fc.jsonValue({ maxDepth: 2 }).map((value): unknown => JSON.parse(JSON.stringify(value), small));
const attachment = fc.oneof(
  fc.dictionary(fc.string({ maxLength: 3 }), json, { maxKeys: 3 }),
  fc.array(json, { maxLength: 3 }),
);

const variantFlag: fc.Arbitrary<Flag> = fc.record({
  key,
  name: fc.constant("F"),
  type: fc.constant("VARIANT_FLAG_TYPE" as const),
  description: fc.constant(""),
  enabled: fc.boolean().chain((on) => (on ? fc.constant(true) : fc.boolean())),
  variants: fc
    .tuple(
      ...VARIANTS.map(() => fc.record({ attachment: fc.option(attachment, { nil: undefined }), chosen: fc.nat(5) })),
    )
    .map((parts) =>
      parts.map(({ attachment: value, chosen }, index) => ({
        key: VARIANTS[index] ?? "",
        name: "",
        description: "",
        ...(value === undefined ? {} : { attachment: value as Flag["variants"][number]["attachment"] & object }),
        default: chosen === 0,
      })),
    ),
  rules: fc.array(
    fc.record({
      segments: references,
      segmentOperator,
      distributions: fc.array(fc.record({ variant: fc.constantFrom(...VARIANTS), rollout: percentage }), {
        maxLength: 4,
      }),
    }),
    { maxLength: 3 },
  ),
  rollouts: fc.constant([]),
});

const booleanFlag: fc.Arbitrary<Flag> = fc.record({
  key,
  name: fc.constant("F"),
  type: fc.constant("BOOLEAN_FLAG_TYPE" as const),
  description: fc.constant(""),
  enabled: fc.boolean(),
  variants: fc.constant([]),
  rules: fc.constant([]),
  rollouts: fc.array(
    fc.oneof(
      fc.record({
        description: fc.constant(""),
        segment: fc.record({ segments: references, segmentOperator, value: fc.boolean() }),
      }),
      fc.record({ description: fc.constant(""), threshold: fc.record({ percentage, value: fc.boolean() }) }),
      fc.record({ description: fc.constant("") }),
    ),
    { maxLength: 3 },
  ),
});

/** Flags and segments with everything the format has, odd values included; references always lead somewhere. */
export const randomFlags: fc.Arbitrary<RandomFlags> = fc.record({
  flags: fc.uniqueArray(fc.oneof(variantFlag, booleanFlag), {
    minLength: 1,
    maxLength: 3,
    selector: (flag) => flag.key,
  }),
  segments: fc.tuple(...SEGMENTS.map(segment)),
});

export const randomContext: fc.Arbitrary<Readonly<Record<string, string>>> = fc.dictionary(property, contextValue, {
  maxKeys: 5,
});

/** The flags as a features file of version 1.5, whose list values are JSON text. */
export function toFile({ flags, segments }: RandomFlags, namespace = "default"): string {
  const reference = (keys: readonly string[], operator: string): object => ({ keys, operator });
  return JSON.stringify({
    version: "1.5",
    namespace,
    flags: flags.map(({ key: flagKey, name, type, enabled, variants, rules, rollouts }) => ({
      key: flagKey,
      name,
      type,
      enabled,
      variants: variants.map(({ key: variantKey, attachment: value, default: chosen }) => ({
        key: variantKey,
        ...(value === undefined ? {} : { attachment: value }),
        default: chosen,
      })),
      rules: rules.map(({ segments: keys, segmentOperator: operator, distributions }) => ({
        segment: reference(keys, operator),
        distributions,
      })),
      ...(type === "VARIANT_FLAG_TYPE"
        ? {}
        : {
            rollouts: rollouts.map(({ segment: step, threshold }) => ({
              ...(step === undefined
                ? {}
                : { segment: { ...reference(step.segments, step.segmentOperator), value: step.value } }),
              ...(threshold === undefined ? {} : { threshold }),
            })),
          }),
    })),
    segments: segments.map(({ key: segmentKey, name, matchType, constraints: list }) => ({
      key: segmentKey,
      name,
      match_type: matchType,
      constraints: list.map(({ type, property: name, operator, value }) => ({ type, property: name, operator, value })),
    })),
  });
}
