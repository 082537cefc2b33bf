import type { FeaturesDocument } from "@vexil/flags/read/document";
import test from "ava";
import fc from "fast-check";
import { compileFlag } from "../../../../core/flags/dist/compile/compile-flag.js";
import { SegmentScope } from "../../../../core/flags/dist/compile/segment-scope.js";
import { packFlags, unpackFlags } from "../../../../daemon/dist/workers/pack-flags.js";
import { randomFlags } from "../../helpers/flags/random-flags.js";

test("flags that were packed are the flags, whatever they hold", (t) => {
  fc.assert(
    fc.property(randomFlags, ({ flags, segments }) => {
      const document = { namespace: { key: "default" }, flags, segments } as unknown as FeaturesDocument;
      const scope = SegmentScope.of(document, new Map());
      const compiled = flags.map((flag) => compileFlag("default", flag, scope, []));
      t.deepEqual(unpackFlags(packFlags(compiled)), compiled);
    }),
    { numRuns: 500 },
  );
});

test("values that JSON has no word for, and names that objects have, come through", (t) => {
  const values = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    0,
    1.5,
    2n ** 70n,
    -1n,
    undefined,
  ];
  const lists = [new Set<string>(), new Set(["a", "number", "__proto__", "\ud800"]), new Set([1, 0.1])];
  const constraints = [...values, ...lists].map((value) => {
    return { type: "STRING", property: "__proto__", operator: "eq", text: "t", value } as const;
  });
  const segment = { key: "s", keys: ["s"], all: true, constraints } as const;
  const other = { key: "o", keys: ["o"], all: false, constraints: [] } as const;
  const flag = {
    key: "constructor",
    type: "VARIANT_FLAG_TYPE",
    enabled: true,
    name: "",
    description: "é",
    metadata: JSON.parse('{"__proto__": {"a": [null, 1.5]}}'),
    defaultVariant: { key: "v", name: "V", description: "", attachment: '{"a":1}' },
    rules: [
      { segments: [segment], and: false, cuts: [500, 1000], variants: [{ key: "v", attachment: "null" }] },
      { segments: [segment, other], and: true, cuts: [], variants: [] },
      { segments: [], and: false, cuts: [1, 2, 3, 4, 1000], variants: [] },
    ],
    rollouts: [
      { type: "threshold", percentage: Math.fround(33.3), value: false },
      // A percentage of 1e300 in a file.
      { type: "threshold", percentage: Math.fround(1e300), value: true },
      { type: "threshold", percentage: -0, value: true },
      { type: "segment", segments: [other], and: false, value: true },
      { type: "segment", segments: [], and: true, value: false },
    ],
  } as const;
  const bare = { ...flag, metadata: undefined, defaultVariant: undefined, rules: [], rollouts: [] };
  const [unpacked, second] = unpackFlags(packFlags([flag, bare]));
  t.deepEqual(unpacked, flag);
  t.deepEqual(second, bare);
  t.is(unpacked?.rules[0]?.segments[0], unpacked?.rules[1]?.segments[0], "one segment is one object");
});
