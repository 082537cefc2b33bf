import test from "ava";
import { parse } from "yaml";
import { imported } from "../../helpers/migrate/imported.js";

const SEGMENT = {
  key: "germans",
  name: "Germans",
  match_type: "ALL_MATCH_TYPE",
  constraints: [{ type: "STRING_COMPARISON_TYPE", property: "country", operator: "isoneof", value: '["de", "at"]' }],
};
const THEME = {
  key: "theme",
  name: "Theme",
  enabled: true,
  variants: [
    { key: "light", name: "Light" },
    { key: "dark", name: "Dark", attachment: '{"hex":"#000"}' },
  ],
  rules: [{ segment: "germans", rank: 1, distributions: [{ variant: "dark", rollout: 100 }] }],
};

test("documents of each version are features files, whatever their namespace is written like", async (t) => {
  const boolean = {
    key: "till",
    name: "Till",
    type: "BOOLEAN_FLAG_TYPE",
    enabled: false,
    rollouts: [{ description: "half", threshold: { percentage: 50, value: true } }],
  };
  const flags = await imported("flipt-v1", [
    { version: "1.0", namespace: "shop", flags: [THEME], segments: [SEGMENT] },
    { version: "1.1", namespace: "shop", flags: [{ ...boolean, key: "till-1" }] },
    { version: 1.2, flags: [{ ...boolean, key: "till-2", description: null }] },
    { version: "1.3", namespace: "web", flags: [{ ...boolean, key: "till-3", metadata: { owner: "ada" } }] },
    { version: "1.4", namespace: { key: "web", name: "Web", description: "Pages" }, flags: [boolean] },
  ]);
  t.deepEqual(flags.notices, []);
  t.deepEqual([...flags.texts.keys()], ["shop", "default", "web"]);
  t.deepEqual(flags.answer("theme", "u1", { country: "at" }), { hex: "#000" });
  t.is(flags.answer("theme", "u1", { country: "fr" }), undefined);
  const web = parse(flags.texts.get("web") as string);
  t.deepEqual(web.namespace, { key: "web", name: "Web", description: "Pages" });
  t.deepEqual(
    web.flags.map((flag: { readonly key: string }) => flag.key),
    ["till-3", "till"],
  );
  t.deepEqual(parse(flags.texts.get("shop") as string).segments[0].constraints[0].value, ["de", "at"]);
});

test("rules of older files name their segments beside an operator", async (t) => {
  const other = {
    ...SEGMENT,
    key: "adults",
    constraints: [{ ...SEGMENT.constraints[0], property: "age", value: '["18"]' }],
  };
  const rules = [
    {
      segments: ["germans", "adults"],
      operator: "AND_SEGMENT_OPERATOR",
      distributions: [{ variant: "dark", rollout: 100 }],
    },
  ];
  const flags = await imported("flipt-v1", [
    { version: "1.2", flags: [{ ...THEME, rules }], segments: [SEGMENT, other] },
  ]);
  t.is(flags.answer("theme", "u1", { country: "de" }), undefined);
  t.deepEqual(flags.answer("theme", "u1", { country: "de", age: "18" }), { hex: "#000" });
});

test("what a features file cannot hold is left out by itself, and told", async (t) => {
  const wrong = { ...SEGMENT, key: "odd", constraints: [{ ...SEGMENT.constraints[0], operator: "regex" }] };
  const broken = { ...THEME, key: "no key", rules: [] };
  const odd = {
    ...THEME,
    key: "odd-theme",
    rules: [{ segment: "odd", distributions: [{ variant: "dark", rollout: 100 }] }],
  };
  const text = {
    ...THEME,
    key: "text",
    variants: [{ key: "dark", attachment: "plain" }],
    rules: [{ segment: "germans" }],
  };
  const flags = await imported("flipt-v1", [
    { version: "1.3", flags: [THEME, broken, odd, text], segments: [wrong, SEGMENT] },
  ]);
  t.deepEqual(flags.answer("theme", "u1", { country: "de" }), { hex: "#000" });
  t.is(flags.answer("odd-theme", "u1", { country: "de" }), undefined);
  t.deepEqual(
    flags.notices.map(({ kind, where, what }) => [kind, where, what]),
    [
      ["lost", "segments.0", "segment odd"],
      ["lost", "flags.1", "flag no key"],
      ["lost", "flags.odd-theme", "rules of odd-theme"],
      ["changed", "flags.3.variants.0.attachment", "an attachment"],
    ],
  );
});

test("an unknown version is refused by name", async (t) => {
  await t.throwsAsync(imported("flipt-v1", [{ version: "2.0", flags: [] }]), {
    message: "source.json: version: 2.0 is none that is known",
  });
});

test("each of many items that cannot be held is told, in time", async (t) => {
  t.timeout(40_000);
  const odd = Array.from({ length: 20_000 }, (_, index) => ({ ...THEME, key: `f${index}`, type: "NOPE", rules: [] }));
  const flags = await imported("flipt-v1", [{ version: "1.3", flags: [...odd, THEME], segments: [SEGMENT] }]);
  t.deepEqual(flags.answer("theme", "u1", { country: "de" }), { hex: "#000" });
  t.is(flags.notices.filter(({ kind }) => kind === "lost").length, 20_000);
  t.deepEqual([flags.notices[0]?.where, flags.notices[19_999]?.where], ["flags.0", "flags.19999"]);
});
