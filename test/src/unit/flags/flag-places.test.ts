import { flagPlaces } from "@vexil/flags/compile/flag-places";
import type { Flag, Segment } from "@vexil/flags/read/document";
import test from "ava";

const SEGMENTS = 1_000;

test("the places of a flag's segments are found by one look at the document, however many there are", (t) => {
  const all = Array.from(
    { length: SEGMENTS },
    (_, index): Segment => ({
      key: `s${index}`,
      name: "S",
      description: "",
      matchType: "ALL_MATCH_TYPE",
      constraints: [],
    }),
  );
  let looks = 0;
  const segments = new Proxy(all, {
    get: (target, name, receiver) => {
      looks += 1;
      return Reflect.get(target, name, receiver);
    },
  });
  const byKey = new Map(all.map((segment) => [segment.key, { segment }]));
  const rules = all.map(({ key }) => ({ segments: [key], segmentOperator: "OR_SEGMENT_OPERATOR", distributions: [] }));
  const flag = { key: "f", rules, rollouts: [] } as unknown as Flag;
  const scope = { find: (key: string) => byKey.get(key) };
  const document = { flags: [flag], segments };
  const found = flagPlaces([{ file: "features.yaml", oid: "0".repeat(40), index: 0, document, scope }], "f");
  t.deepEqual(found?.segments.get("s999")?.place, { document: 0, path: ["segments", 999] });
  t.is(found?.segments.size, SEGMENTS);
  t.true(looks < 10 * SEGMENTS, `${looks} looks`);
});
