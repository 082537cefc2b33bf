import type { CompiledConstraint } from "@vexil/flags/evaluate/compiled-flag";
import type { Context } from "@vexil/flags/evaluate/context";
import { matchConstraint } from "@vexil/flags/evaluate/match-constraint";
import { parseInstant } from "@vexil/flags/read/parse-instant";
import test from "ava";

const MEGABYTE = 1_000_000;
/** Constraints on one value, beside a single one. */
const MANY = 200;

type Shape = Pick<CompiledConstraint, "type" | "operator"> & Partial<CompiledConstraint>;

const constraint = (shape: Shape): CompiledConstraint => ({ property: "p", text: "", value: undefined, ...shape });

/** Milliseconds that it takes to ask, the best of a few times: in a context of its own each time. */
function takes(asked: CompiledConstraint, times: number, value: string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round += 1) {
    const context = { p: value };
    const started = performance.now();
    for (let index = 0; index < times; index += 1) matchConstraint(asked, value, context);
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

const SHAPES: readonly [title: string, shape: Shape, value: string][] = [
  ["numbers", { type: "NUMBER", operator: "gt", value: 5 }, "7".repeat(MEGABYTE)],
  ["lists of numbers", { type: "NUMBER", operator: "isoneof", value: new Set([5]) }, "7".repeat(MEGABYTE)],
  ["times", { type: "DATETIME", operator: "gt", value: 5n }, `2024-01-02T00:00:00.${"7".repeat(MEGABYTE)}Z`],
  ["presence", { type: "NUMBER", operator: "present" }, " ".repeat(MEGABYTE)],
  ["prefixes", { type: "STRING", operator: "prefix", text: "a" }, `${" ".repeat(MEGABYTE)}b`],
  ["entities", { type: "ENTITY_ID", operator: "notempty" }, " ".repeat(MEGABYTE)],
];

for (const [title, shape, value] of SHAPES) {
  test.serial(`a megabyte is read once for all constraints on it: ${title}`, (t) => {
    const one = takes(constraint(shape), 1, value);
    const many = takes(constraint(shape), MANY, value);
    t.true(many < one * (MANY / 4), `${one} ms for one constraint, ${many} ms for ${MANY}`);
  });
}

test("a long value means the same as a short one", (t) => {
  const zeros = "0".repeat(MEGABYTE / 1_000);
  const context: Context = {
    number: `${zeros}7`,
    other: `${zeros}8`,
    time: `2024-01-02T00:00:00.${zeros}Z`,
    none: `${zeros}x`,
    spaces: " ".repeat(1_000),
    text: `${" ".repeat(1_000)}abc${" ".repeat(1_000)}`,
  };
  const asks = (property: string, shape: Shape): boolean =>
    matchConstraint(constraint({ property, ...shape }), "ada", context);
  // Twice: what is found the first time is what is known the second.
  for (const _ of [1, 2]) {
    t.true(asks("number", { type: "NUMBER", operator: "eq", value: 7 }));
    t.false(asks("other", { type: "NUMBER", operator: "eq", value: 7 }));
    t.true(asks("other", { type: "NUMBER", operator: "isoneof", value: new Set([8]) }));
    t.false(asks("none", { type: "NUMBER", operator: "neq", value: 7 }), "it is no number");
    const instant = parseInstant("2024-01-02");
    t.true(asks("time", { type: "DATETIME", operator: "eq", value: instant }));
    t.false(asks("number", { type: "DATETIME", operator: "neq", value: instant }), "it is no time");
    t.true(asks("spaces", { type: "NUMBER", operator: "notpresent" }));
    t.true(asks("text", { type: "NUMBER", operator: "present" }));
    t.true(asks("text", { type: "STRING", operator: "prefix", text: "abc" }));
    t.true(asks("text", { type: "STRING", operator: "suffix", text: "abc" }));
    t.true(asks("spaces", { type: "STRING", operator: "empty" }));
  }
});

test("entities that share a context are told apart, however long their ids are", (t) => {
  const shared: Context = Object.freeze({});
  const begins = constraint({ type: "ENTITY_ID", operator: "prefix", text: "ada" });
  const [ada, bob] = [`ada${"-".repeat(1_000)}`, `bob${"-".repeat(1_000)}`];
  t.true(matchConstraint(begins, ada, shared));
  t.false(matchConstraint(begins, bob, shared));
  t.true(matchConstraint(begins, ada, shared));
});
