import { explainFlag } from "@vexil/flags/explain/explain-flag";
import test from "ava";
import { buildOnce } from "../../helpers/flags/build-from-files.js";

/** Type, operator and value of a constraint, what it sees, and why it is not true. */
type Row = readonly [type: string, operator: string, value: string, seen: string | undefined, reason: string];

const ROWS: readonly Row[] = [
  ["STRING", "eq", "a", "b", "different"],
  ["STRING", "eq", "a", "", "empty"],
  ["STRING", "eq", "a", undefined, "missing"],
  ["STRING", "neq", "a", "a", "equal"],
  ["STRING", "empty", "", "a", "not empty"],
  ["STRING", "notempty", "", " ", "empty"],
  ["STRING", "notempty", "", undefined, "missing"],
  ["STRING", "prefix", "a", "ba", "does not begin with it"],
  ["STRING", "suffix", "a", "ab", "does not end with it"],
  ["STRING", "contains", "a", "b", "does not contain it"],
  ["STRING", "notcontains", "a", "bab", "contains it"],
  ["STRING", "isoneof", '["a"]', "b", "not in the list"],
  ["STRING", "isnotoneof", '["a"]', "a", "in the list"],
  ["ENTITY_ID", "eq", "bob", "ada", "different"],
  ["NUMBER", "eq", "18", "17", "different"],
  ["NUMBER", "neq", "18", "18.0", "equal"],
  ["NUMBER", "lt", "18", "18", "not less"],
  ["NUMBER", "lte", "18", "19", "greater"],
  ["NUMBER", "gt", "18", "18", "not greater"],
  ["NUMBER", "gte", "18", "17", "less"],
  ["NUMBER", "gte", "18", "old", "not a number"],
  ["NUMBER", "gte", "18", "", "empty"],
  ["NUMBER", "gte", "18", undefined, "missing"],
  ["NUMBER", "gte", "NaN", "17", "nothing to compare with"],
  ["NUMBER", "present", "", undefined, "missing"],
  ["NUMBER", "notpresent", "", "17", "present"],
  ["NUMBER", "isoneof", "[18,19]", "17", "not in the list"],
  ["NUMBER", "isnotoneof", "[17,18]", "17", "in the list"],
  ["BOOLEAN", "true", "", "false", "different"],
  ["BOOLEAN", "false", "", "true", "different"],
  ["BOOLEAN", "true", "", "perhaps", "not a boolean"],
  ["BOOLEAN", "present", "", undefined, "missing"],
  ["BOOLEAN", "notpresent", "", "true", "present"],
  ["DATETIME", "lt", "2020-01-01", "2020-01-01", "not less"],
  ["DATETIME", "lte", "2020-01-01", "2020-01-02", "greater"],
  ["DATETIME", "gt", "2020-01-01", "2020-01-01", "not greater"],
  ["DATETIME", "gte", "2020-01-01", "2019-12-31", "less"],
  ["DATETIME", "eq", "2020-01-01", "yesterday", "not a date"],
  ["DATETIME", "notpresent", "", "2020-01-01", "present"],
];

/** A value as a file has it: a list, or a text. */
const written = (value: string): string => (value.startsWith("[") ? value : JSON.stringify(value));

test("each operator of each type says in its own words why it is not true", async (t) => {
  const constraints = ROWS.map(
    ([type, operator, value], index) =>
      `{ type: ${type}_COMPARISON_TYPE, property: p${index}, operator: "${operator}", value: ${written(value)} }`,
  );
  const file = `namespace: default
flags:
  - { key: f, name: F, type: BOOLEAN_FLAG_TYPE, rollouts: [{ segment: { key: s, value: true } }] }
segments:
  - { key: s, name: S, match_type: ANY_MATCH_TYPE, constraints: [${constraints.join(", ")}] }
`;
  const { snapshot } = await buildOnce({ "default/features.yaml": file });
  const namespace = snapshot.namespaces.get("default");
  const [flag, asWritten] = [namespace?.flags.get("f"), namespace?.places("f")?.written];
  if (flag === undefined || asWritten === undefined) return t.fail(JSON.stringify(snapshot.quarantined));
  const context = Object.fromEntries(
    ROWS.flatMap(([, , , seen], index) => (seen === undefined ? [] : [[`p${index}`, seen]])),
  );
  const [, rollout] = explainFlag(flag, asWritten, "ada", context).steps;
  t.deepEqual(
    rollout?.segments?.[0]?.constraints.map(({ type, operator, expected, seen, reason }) => [
      type,
      operator,
      expected,
      seen,
      reason,
    ]),
    ROWS.map(([type, operator, value, seen, reason]) => [
      `${type}_COMPARISON_TYPE`,
      operator,
      value,
      seen ?? null,
      reason,
    ]),
  );
});
