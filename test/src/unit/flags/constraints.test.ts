import { cutPoints } from "@vexil/flags/compile/cut-points";
import { namespaceDigest } from "@vexil/flags/compile/digest";
import { shortestFloat } from "@vexil/flags/compile/shortest-float";
import { thresholdBucket, variantBucket } from "@vexil/flags/evaluate/bucket";
import { compileSegment } from "@vexil/flags/evaluate/compile-segment";
import { matchConstraint } from "@vexil/flags/evaluate/match-constraint";
import { trimSpace } from "@vexil/flags/evaluate/trim-space";
import type { Constraint } from "@vexil/flags/read/document";
import { parseInstant } from "@vexil/flags/read/parse-instant";
import { parseNumber } from "@vexil/flags/read/parse-number";
import test from "ava";

type Outcome = "T" | "F" | "D";

/** Outcome of one constraint for one context value; undefined: the context does not have the property. */
function outcome(type: string, operator: string, value: string, given: string | undefined): Outcome {
  const constraint = { type: `${type}_COMPARISON_TYPE`, operator, value, property: "p", description: "" } as Constraint;
  const segment = compileSegment({
    key: "s",
    name: "S",
    description: "",
    matchType: "ALL_MATCH_TYPE",
    constraints: [constraint],
  });
  const compiled = segment?.constraints[0];
  if (compiled === undefined) return "D";
  return matchConstraint(compiled, given ?? "", given === undefined ? {} : { p: given }) ? "T" : "F";
}

const D = "2024-01-02T00:00:00Z";
// Section 8 of the golden examples: type, operator, value, context value, what the server makes of it.
const VECTORS: readonly [string, string, string, string | undefined, Outcome][] = [
  ["STRING", "empty", "", " ", "T"],
  ["STRING", "notempty", "", " ", "F"],
  ["STRING", "eq", "a", " a", "F"],
  ["STRING", "neq", "a", undefined, "F"],
  ["STRING", "notcontains", "a", undefined, "F"],
  ["STRING", "prefix", "ab", "  abc", "T"],
  ["STRING", "suffix", "bc", "abc  ", "T"],
  ["STRING", "isoneof", '["a\\"b"]', 'a"b', "T"],
  ["STRING", "isoneof", "[1]", "1", "D"],
  ["STRING", "isnotoneof", "oops", "x", "D"],
  ["BOOLEAN", "true", "", "1", "T"],
  ["BOOLEAN", "true", "", "TRUE", "T"],
  ["BOOLEAN", "true", "", "true", "T"],
  ["BOOLEAN", "true", "", "yes", "F"],
  ["BOOLEAN", "false", "", undefined, "F"],
  ["BOOLEAN", "false", "", "0", "T"],
  ["NUMBER", "eq", "1", "1.0", "T"],
  ["NUMBER", "eq", "5", "+5", "T"],
  ["NUMBER", "eq", "5", " 5", "F"],
  ["NUMBER", "eq", "1000", "1e3", "T"],
  ["NUMBER", "gt", "1", "1.5", "T"],
  ["NUMBER", "gt", "1.5", "2", "T"],
  ["NUMBER", "gt", "1", "3000000000", "T"],
  ["NUMBER", "neq", "5", "abc", "F"],
  ["NUMBER", "neq", "5", "", "F"],
  ["NUMBER", "neq", "1", "NaN", "T"],
  ["NUMBER", "isoneof", "[1.5,2]", "2", "T"],
  ["NUMBER", "isnotoneof", "[1,2]", "3", "T"],
  ["NUMBER", "present", "", " ", "F"],
  ["NUMBER", "notpresent", "", undefined, "T"],
  ["NUMBER", "eq", "", "1", "F"],
  ["NUMBER", "eq", "abc", "1", "D"],
  ["DATETIME", "eq", "2024-01-02", "2024-01-02", "T"],
  ["DATETIME", "eq", "2024-01-02", D, "T"],
  ["DATETIME", "gt", "2024-01-02T00:00:00.1Z", "2024-01-02T00:00:00.5Z", "T"],
  ["DATETIME", "eq", D, "2024-01-02T02:00:00+02:00", "T"],
  ["DATETIME", "eq", D, "2024-01-02t00:00:00z", "F"],
  ["DATETIME", "eq", D, "2024-01-02 00:00:00Z", "F"],
  ["DATETIME", "neq", D, "garbage", "F"],
  ["DATETIME", "lt", "soon", D, "D"],
  // Section 6.2 and 6.6 beyond the vectors.
  ["ENTITY_ID", "prefix", "user-", "user-1", "T"],
  ["ENTITY_ID", "empty", "", "", "T"],
  ["ENTITY_ID", "neq", "a", "", "F"],
  ["STRING", "isnotoneof", '["a"]', "b", "T"],
  ["STRING", "isnotoneof", '["a"]', undefined, "F"],
  ["STRING", "isnotoneof", "null", "b", "T"],
  ["STRING", "isoneof", "null", "b", "F"],
  ["STRING", "isoneof", "[null]", "b", "F"],
  ["STRING", "isoneof", "", "b", "D"],
  ["STRING", "isoneof", '{"a":1}', "a", "D"],
  ["STRING", "contains", "", "b", "T"],
  ["STRING", "eq", "\u00e9", "e\u0301", "F"],
  ["NUMBER", "isoneof", "[null]", "0", "T"],
  ["NUMBER", "isoneof", '["1"]', "1", "D"],
  ["NUMBER", "isoneof", "[1e999]", "1", "D"],
  ["NUMBER", "isoneof", "[-0]", "0", "T"],
  ["NUMBER", "isnotoneof", "[1]", "NaN", "T"],
  ["NUMBER", "isnotoneof", "[1]", "x", "F"],
  ["NUMBER", "eq", "NaN", "NaN", "F"],
  ["NUMBER", "lt", "Inf", "1e308", "T"],
  ["NUMBER", "present", "", "x", "T"],
  ["NUMBER", "true", "1", "1", "F"],
  ["BOOLEAN", "present", "", "yes", "T"],
  ["BOOLEAN", "notpresent", "", "\u0085", "T"],
  ["DATETIME", "lte", D, "2024-01-02T00:00:00.000000001Z", "F"],
  ["DATETIME", "lte", D, "2024-01-02T00:00:00.0000000001Z", "T"],
  ["DATETIME", "eq", "", D, "F"],
  ["DATETIME", "present", "", "garbage", "T"],
];

for (const [type, operator, value, given, expected] of VECTORS) {
  test(`${type} ${operator} ${JSON.stringify(value)} of ${JSON.stringify(given) ?? "a missing value"} is ${expected}`, (t) => {
    t.is(outcome(type, operator, value, given), expected);
  });
}

test("numbers are read as Go reads them", (t) => {
  const numbers: readonly [string, number | undefined][] = [
    ["5", 5],
    ["+5", 5],
    [".5", 0.5],
    ["5.", 5],
    ["1e3", 1000],
    ["1E+3", 1000],
    ["1_000", 1000],
    ["1_23.50_0_0e+1_2", 1.235e14],
    ["-_123.5", undefined],
    ["1__2", undefined],
    ["123_.5", undefined],
    ["123._5", undefined],
    ["1_", undefined],
    ["_1", undefined],
    ["inf", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["+INF", Number.POSITIVE_INFINITY],
    ["infinit", undefined],
    ["nan", Number.NaN],
    ["+nan", undefined],
    ["0x1p4", 16],
    ["0x_1p1", 2],
    ["0x1.8p1", 3],
    ["0x.8p1", 1],
    ["0x_.8p1", undefined],
    ["-0X1P-2", -0.25],
    ["0x1fffffffffffffp0", 9007199254740991],
    ["0x20000000000001p0", 9007199254740992],
    ["0x20000000000003p0", 9007199254740996],
    ["0x1p-1074", 5e-324],
    ["0x1p-1075", 0],
    ["0x1.8p-1075", 5e-324],
    ["0x1p1023", 2 ** 1023],
    ["0x1p1024", undefined],
    ["0x1p-99999999999", 0],
    ["0x10", undefined],
    ["0x1__0p1", undefined],
    ["1e309", undefined],
    ["-1e309", undefined],
    ["1e-400", 0],
    ["", undefined],
    [" 5", undefined],
    ["5 ", undefined],
    ["1,000", undefined],
    ["1e", undefined],
    [".", undefined],
    ["١", undefined],
  ];
  for (const [text, expected] of numbers) t.is(parseNumber(text), expected, text);
});

test("times are read as RFC 3339 in Go's reading, or as dates", (t) => {
  const at = (text: string): bigint => BigInt(Date.parse(text)) * 1_000_000n;
  const times: readonly [string, bigint | undefined][] = [
    [D, at(D)],
    ["2024-01-02", at(D)],
    ["2024-01-02T3:04:05Z", at("2024-01-02T03:04:05Z")],
    ["2024-01-02T03:04:05,5Z", at("2024-01-02T03:04:05.5Z")],
    ["2024-01-02T03:04:05.1234567899Z", at("2024-01-02T03:04:05Z") + 123_456_789n],
    ["2024-01-02T00:00:00+24:60", at("2024-01-01T00:00:00Z") - 3_600_000_000_000n],
    ["0000-01-01", at("0000-01-01T00:00:00Z")],
    ["0099-12-31T23:59:59Z", at("0099-12-31T23:59:59Z")],
    ["9999-12-31T23:59:59Z", at("9999-12-31T23:59:59Z")],
    ["2024-02-29", at("2024-02-29T00:00:00Z")],
    ["2023-02-29", undefined],
    ["1900-02-29", undefined],
    ["2000-02-29", at("2000-02-29T00:00:00Z")],
    ["2024-04-31", undefined],
    ["2024-13-01", undefined],
    ["2024-00-10", undefined],
    ["2024-01-00", undefined],
    ["2024-01-02T24:00:00Z", undefined],
    ["2024-01-02T23:60:00Z", undefined],
    ["2024-01-02T23:59:60Z", undefined],
    ["2024-01-02T00:00:00", undefined],
    ["2024-01-02T00:00:00+0200", undefined],
    ["2024-01-02T00:00:00+25:00", undefined],
    ["2024-01-02T00:00:00+00:61", undefined],
    ["2024-01-02T00:00:00.Z", undefined],
    ["2024-01-02t00:00:00Z", undefined],
    ["2024-01-02T00:00:00z", undefined],
    ["2024-01-02 00:00:00Z", undefined],
    ["2024-1-2", undefined],
    [" 2024-01-02", undefined],
    ["10000-01-01", undefined],
  ];
  for (const [text, expected] of times) t.is(parseInstant(text), expected, text);
});

test("white space is Unicode's, not JavaScript's", (t) => {
  t.is(trimSpace("\u0085\u2003\u3000 a b \t\n\u00a0"), "a b");
  t.is(trimSpace("\ufeffa\u200b"), "\ufeffa\u200b");
  t.is(trimSpace(" \t"), "");
});

test("entities fall into the buckets of the hash vectors", (t) => {
  t.is(variantBucket("flag1", "entity"), 673);
  t.is(thresholdBucket("flag1", "entity"), 38);
  t.is(variantBucket("theme", "user-1"), 869);
  t.is(thresholdBucket("checkout", "user-1"), 69);
  t.is(variantBucket("theme", "ünï"), 860);
});

test("cut points are truncated 32-bit floats and the last is 1000", (t) => {
  const cuts = (...rollouts: number[]): readonly number[] =>
    cutPoints(rollouts.map((rollout) => ({ variant: "v", rollout }))).cuts;
  t.deepEqual(cuts(33.33, 33.33, 33.34), [333, 666, 1000]);
  t.deepEqual(cuts(50, 50), [500, 1000]);
  t.deepEqual(cuts(0, 10, 0, 30, 0), [250, 1000]);
  t.deepEqual(cuts(1e-50, 1), [1000]);
  t.deepEqual(cuts(0), []);
  t.deepEqual(cuts(), []);
});

test("digests of one and of several documents are the vectors", (t) => {
  const e = "b5f71a874abf593500ae96b84ef80c9a67ef111e";
  t.is(namespaceDigest([e]), e);
  t.is(namespaceDigest([e, e]), "75161dfb7eb1f169b06eaf8eae93b9d1");
  t.is(namespaceDigest([e, "6fdef425110328dee4c33b5eed7838604bac6b36"]), "362e297bc21041c8ed646cddd2cc7bc5");
});

test("numbers of 32 bits print in their shortest form", (t) => {
  for (const value of [33.33, 33.34, 12.5, 100, 0, 0.1, 16777216, 3.4e38, 1e-7, -7.25]) {
    t.is(shortestFloat(value), value);
    t.is(Math.fround(shortestFloat(value)), Math.fround(value));
  }
  t.is(shortestFloat(0.1 + 0.2), 0.3);
  t.is(shortestFloat(6.991750240325928), 6.9917502, "eight digits");
  t.is(shortestFloat(67108868.5 / 2 ** 20), 64.00001, "few digits");
  t.is(shortestFloat(0.100000024), 0.100000024, "nine digits");
  t.is(shortestFloat(1e40), 3.4028235e38, "too large for 32 bits: no infinity, which JSON does not have");
  t.is(shortestFloat(-1e40), -3.4028235e38);
});

test("a property of Object's prototype is missing unless the context has it", (t) => {
  for (const property of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
    const constraint = { type: "STRING", property, operator: "notempty", text: "", value: undefined } as const;
    t.false(matchConstraint(constraint, "e", {}), property);
    const context = JSON.parse(`{${JSON.stringify(property)}:"x"}`) as Record<string, string>;
    t.true(matchConstraint(constraint, "e", context), property);
  }
});
