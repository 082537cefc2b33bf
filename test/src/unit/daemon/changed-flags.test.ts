import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import test from "ava";
import fc from "fast-check";
import { changedFlags, FlagsInTheMaking, type FlagsStep } from "../../../../daemon/dist/workers/changed-flags.js";

const key = fc.constantFrom(..."abcdefgh");
const version = fc.constantFrom(1, 2);
const list = fc.uniqueArray(fc.tuple(key, version), { selector: ([name]) => name, maxLength: 8 });

/** One object for each key and version: flags that are the same are the same object. */
const flags = new Map<string, CompiledFlag>();

function mapOf(items: readonly (readonly [string, number])[]): Map<string, CompiledFlag> {
  return new Map(
    items.map(([name, of]) => {
      const id = `${name}${of}`;
      const flag = flags.get(id) ?? ({ key: name, description: id } as CompiledFlag);
      flags.set(id, flag);
      return [name, flag];
    }),
  );
}

/** As it goes to another process. */
const parts = (before: Map<string, CompiledFlag>, after: Map<string, CompiledFlag>): readonly FlagsStep[] =>
  structuredClone([...changedFlags(before, after)].flatMap((steps) => steps ?? []));

test("flags made of those before by the difference are the flags, in their order", (t) => {
  fc.assert(
    fc.property(list, list, (one, other) => {
      const [before, after] = [mapOf(one), mapOf(other)];
      const making = new FlagsInTheMaking(before);
      making.follow(parts(before, after));
      t.deepEqual([...making.flags], [...after]);
    }),
    { numRuns: 2_000 },
  );
});

test("of flags that are mostly the same only the others go to another process", (t) => {
  const many = Array.from({ length: 5_000 }, (_, index): [string, number] => [`f${index}`, 1]);
  const before = mapOf(many);
  const after = mapOf([...many.slice(0, 7), ["f7", 2], ["new", 1], ...many.slice(8, 4_000), ...many.slice(4_001)]);
  const steps = parts(before, after);
  t.deepEqual(
    steps.flatMap((step) => ("flags" in step ? step.flags.map(({ key: name }) => name) : [])),
    ["f7", "new"],
  );
  t.true(JSON.stringify(steps).length < 1_000);
});
