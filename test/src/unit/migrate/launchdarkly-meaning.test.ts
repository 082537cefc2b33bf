import { init, type LDClient } from "@launchdarkly/node-server-sdk";
import { TestData } from "@launchdarkly/node-server-sdk/integrations";
import test from "ava";
import fc from "fast-check";
import { AGES, COUNTRIES, contexts, EMAILS, IDS, type TypedContext } from "../../helpers/migrate/contexts.js";
import { imported } from "../../helpers/migrate/imported.js";
import { randomSeed, requireSameMeaning } from "../../helpers/migrate/same-meaning.js";

const clause = fc
  .tuple(
    fc.oneof(
      fc.subarray([...COUNTRIES], { minLength: 1 }).map((values) => ({ attribute: "country", op: "in", values })),
      fc.subarray([...IDS], { minLength: 1 }).map((values) => ({ attribute: "key", op: "in", values })),
      fc.subarray([...AGES], { minLength: 1 }).map((values) => ({ attribute: "age", op: "in", values })),
      fc.boolean().map((value) => ({ attribute: "beta", op: "in", values: [value] })),
      fc
        .tuple(fc.constantFrom("startsWith", "endsWith", "contains"), fc.subarray([...EMAILS], { minLength: 1 }))
        .map(([op, of]) => ({ attribute: "email", op, values: of.map((text) => text.slice(...(PARTS[op] ?? []))) })),
      fc
        .tuple(
          fc.constantFrom("lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"),
          fc.subarray([...AGES], { minLength: 1, maxLength: 2 }),
        )
        .map(([op, values]) => ({ attribute: "age", op, values })),
      fc.constantFrom("staff", "abroad").map((key) => ({ attribute: "", op: "segmentMatch", values: [key] })),
    ),
    fc.boolean(),
  )
  .map(([plain, negate]) => ({ ...plain, negate }));
const PARTS: Readonly<Record<string, readonly [number, number?]>> = {
  startsWith: [0, 2],
  endsWith: [-4],
  contains: [4, 9],
};
const flag = fc
  .record({
    on: fc.constantFrom(true, true, true, false),
    variations: fc.constantFrom<readonly unknown[]>([true, false], ["green", "grey", "red"], [1, 2, 3]),
    targets: fc.array(fc.record({ variation: fc.constantFrom(0, 1), values: fc.subarray([...IDS]) }), { maxLength: 1 }),
    rules: fc.array(
      fc.record({ variation: fc.constantFrom(0, 1), clauses: fc.array(clause, { minLength: 1, maxLength: 3 }) }),
      { maxLength: 3 },
    ),
    fallthrough: fc.constantFrom({ variation: 0 }, { variation: 1 }),
    offVariation: fc.constantFrom(0, 1),
  })
  .map((one) => ({ ...one, version: 1, salt: "salt" }));
const SEGMENTS = {
  staff: {
    key: "staff",
    version: 1,
    included: ["u1"],
    excluded: ["u2"],
    rules: [{ clauses: [{ attribute: "email", op: "endsWith", values: ["example.com"], negate: false }] }],
    salt: "salt",
  },
  abroad: {
    key: "abroad",
    version: 1,
    included: [],
    excluded: [],
    rules: [{ clauses: [{ attribute: "country", op: "in", values: ["us", "fr"], negate: false }] }],
    salt: "salt",
  },
};

test("what is carried over of LaunchDarkly answers as its SDK does", async (t) => {
  const seed = randomSeed();
  const list = fc.sample(flag, { numRuns: 120, seed });
  const flags: Record<string, (typeof list)[number] & { key: string; prerequisites: unknown[] }> = {};
  for (const [index, one] of list.entries()) {
    const prerequisites = index % 5 === 4 ? [{ key: `flag-${index - 1}-`, variation: 0 }] : [];
    flags[`flag-${index}-`] = { ...one, key: `flag-${index}-`, prerequisites };
  }
  const client = await openClient(Object.values(flags));
  const theirs = new Map<string, unknown>();
  const ask = async (key: string, context: TypedContext): Promise<void> => {
    const { id, ...attributes } = context;
    theirs.set(
      JSON.stringify([key, context]),
      await client.variation(key, { kind: "user", key: id, ...attributes }, null),
    );
  };
  for (const key of Object.keys(flags))
    for (const context of fc.sample(contexts, { numRuns: 40, seed })) await ask(key, context);
  client.close();
  const carried = requireSameMeaning(
    {
      ours: await imported("launchdarkly", [{ flags, segments: SEGMENTS }]),
      flags,
      theirs: (key, context) => theirs.get(JSON.stringify([key, context])),
      heldAt: (key) => {
        const { variations, offVariation } = flags[key] as (typeof list)[number];
        return variations[offVariation];
      },
    },
    seed,
  );
  t.true(carried > list.length / 4, `${carried} of ${list.length} were carried over (seed ${seed})`);
  t.true(carried < list.length, `nothing was left out (seed ${seed})`);
});

async function openClient(flags: readonly { readonly key: string }[]): Promise<LDClient> {
  const data = new TestData();
  await Promise.all(flags.map((flag) => data.usePreconfiguredFlag(flag)));
  await Promise.all(Object.values(SEGMENTS).map((segment) => data.usePreconfiguredSegment(segment)));
  const logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };
  const client = init("sdk-key", {
    updateProcessor: data.getFactory(),
    sendEvents: false,
    logger,
    diagnosticOptOut: true,
  });
  await client.waitForInitialization({ timeout: 30 });
  return client;
}
