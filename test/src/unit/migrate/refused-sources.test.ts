import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { importFiles } from "../../../../daemon/dist/migrate/import-files.js";
import { temporaryDirectory } from "../../helpers/files/temporary-directory.js";
import { imported } from "../../helpers/migrate/imported.js";

async function read(t: ExecutionContext, name: string, content: string | Uint8Array) {
  const directory = await temporaryDirectory(t);
  const file = join(directory, name);
  await writeFile(file, content);
  const settings = { namespace: undefined, sourceEnvironment: undefined, entity: undefined, now: 0 };
  return importFiles({ system: "flagd", files: [file], ...settings });
}

const FLAG = '{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on"}';

test("a file that means harm is refused with place and reason", async (t) => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["deep.json", `{"flags":${"[".repeat(200)}${"]".repeat(200)}}`, /deep\.json:1:\d+: .*64/],
    ["own.json", `{"flags":{"__proto__":${FLAG}}}`, /own\.json: flags\.__proto__: no flag, property or field/],
    ["twice.json", `{"flags":{"a":${FLAG},"a":${FLAG}}}`, /twice\.json:1:\d+: duplicated key "a"/],
    ["bomb.yaml", bomb(), /bomb\.yaml:\d+:\d+: aliases expand to more than/],
    ["cut.json", '{"flags":{', /cut\.json:1:\d+: invalid JSON/],
    ["empty.json", "", /empty\.json: the file is empty/],
    ["other.json", '{"features":{}}', /other\.json: there are no flags, as flagd has them/],
    ["kind.json", '{"flags":{"a":{"variants":3}}}', /kind\.json: flags\.a\.variants is a number, not a map/],
    [
      "gone.json",
      '{"flags":{"a":{"variants":{"on":true},"defaultVariant":"x"}}}',
      /flags\.a\.defaultVariant: there is no variant x/,
    ],
  ];
  for (const [name, content, message] of cases) {
    await t.throwsAsync(read(t, name, content), { message }, name);
  }
});

test("a file of too many flags, or too many bytes, is refused", async (t) => {
  const many = Array.from({ length: 20_001 }, (_, index) => `"f${index}":${FLAG}`).join(",");
  await t.throwsAsync(read(t, "many.json", `{"flags":{${many}}}`), { message: /there are more than 20000 flags/ });
  await t.throwsAsync(read(t, "large.json", Buffer.alloc(33e6, " ")), {
    message: /large\.json: it has more bytes than the limit of 32000000/,
  });
  // It has no end, and says that it has no bytes.
  const settings = { namespace: undefined, sourceEnvironment: undefined, entity: undefined, now: 0 };
  await t.throwsAsync(importFiles({ system: "flagd", files: ["/dev/zero"], ...settings }), {
    message: "/dev/zero: it has more bytes than the limit of 32000000",
  });
});

test("conditions that would take too many segments are left out in time", async (t) => {
  const either = (index: number) => ({
    or: [{ "==": [{ var: `a${index}` }, "x"] }, { "==": [{ var: `b${index}` }, "y"] }],
  });
  const targeting = { if: [{ and: Array.from({ length: 40 }, (_, index) => either(index)) }, "on", "off"] };
  const flag = { ...JSON.parse(FLAG), targeting };
  const flags = await imported("flagd", [{ flags: { wide: flag } }]);
  t.false(flags.answer("wide", "u1", {}));
  t.regex(flags.notices[0]?.why ?? "", /more than 64 segments/);
});

test("a condition of thousands of comparisons is left out in time", async (t) => {
  const and = Array.from({ length: 20_000 }, (_, index) => ({ "==": [{ var: `a${index}` }, "x"] }));
  const flag = { ...JSON.parse(FLAG), targeting: { if: [{ and }, "on", "off"] } };
  const flags = await imported("flagd", [{ flags: { long: flag } }]);
  t.false(flags.answer("long", "u1", {}));
  t.regex(flags.notices[0]?.why ?? "", /more than 64 segments/);
});

test("a name of megabytes above many others takes no more memory than the file", async (t) => {
  const values = Array.from({ length: 100_000 }, (_, index) => `"a${index}":0`).join(",");
  const { namespaces } = await read(t, "long.json", `{"flags":{"${"k".repeat(1e6)}":{${values}}}}`);
  t.is(namespaces[0]?.flags.length, 1);
});

test("what refers to itself is refused, or left out where it could be another thing", async (t) => {
  const evaluators = { one: { $ref: "two" }, two: { and: [{ $ref: "one" }] } };
  const flag = { ...JSON.parse(FLAG), targeting: { if: [{ $ref: "one" }, "on", "off"] } };
  const flags = await imported("flagd", [{ $evaluators: evaluators, flags: { round: flag } }]);
  t.false(flags.answer("round", "u1", {}));
  t.is(flags.notices[0]?.kind, "lost");
  const cyclic = (key: string, other: string) => ({
    key,
    variations: [true, false],
    on: true,
    offVariation: 1,
    fallthrough: { variation: 0 },
    prerequisites: [{ key: other, variation: 0 }],
  });
  const both = { flags: { a: cyclic("a", "b"), b: cyclic("b", "a") } };
  await t.throwsAsync(imported("launchdarkly", [both]), {
    message: /prerequisites\.0: the flag a is its own prerequisite, by way of a, b/,
  });
});

/** Names of things each of which is made of the one before, twice. */
const DOUBLED = Array.from({ length: 12 }, (_, index) => `s${index}`);

test("segments and saved groups that are made of each other any number of times are left out in time", async (t) => {
  const match = (key: string) => ({ clauses: [{ attribute: "", op: "segmentMatch", values: [key] }] });
  const segments = DOUBLED.map((key, index) => {
    const before = DOUBLED[index - 1];
    return [key, before === undefined ? { key, included: ["u1"] } : { key, rules: [match(before), match(before)] }];
  });
  const state = { key: "wide", variations: [true, false], on: true, offVariation: 1, fallthrough: { variation: 1 } };
  const flag = { ...state, rules: [{ ...match("s11"), variation: 0 }] };
  const marked = await imported("launchdarkly", [{ flags: { wide: flag }, segments: Object.fromEntries(segments) }]);
  t.false(marked.answer("wide", "u1", {}));
  const told = marked.notices.filter(({ where }) => where.startsWith("flags.wide"));
  t.regex(told[0]?.why ?? "", /s11 is made of more than 1000 segments/);

  const savedGroups = Object.fromEntries(
    DOUBLED.map((id, index) => {
      const before = { $savedGroup: { id: DOUBLED[index - 1] } };
      const condition = index === 0 ? { id: "u1" } : { $or: [before, before] };
      return [id, { type: "condition", condition }];
    }),
  );
  const rules = [{ condition: { $savedGroup: { id: "s11" } }, force: true }];
  const grown = await imported("growthbook", [{ savedGroups, features: { wide: { defaultValue: false, rules } } }]);
  t.false(grown.answer("wide", "u1", {}));
  t.regex(grown.notices[0]?.why ?? "", /more than 1000 saved groups/);
});

test("flags that need each other in a long row are left off", async (t) => {
  const flags = Array.from({ length: 5_000 }, (_, index) => {
    const prerequisites = index === 4_999 ? [] : [{ key: `f${index + 1}`, variation: 0 }];
    const state = {
      variations: [true, false],
      on: true,
      offVariation: 1,
      fallthrough: { variation: 0 },
      prerequisites,
    };
    return [`f${index}`, { key: `f${index}`, ...state }] as const;
  });
  const { notices } = await imported("launchdarkly", [{ flags: Object.fromEntries(flags) }]);
  t.true(notices.some(({ why }) => why === "prerequisites of prerequisites, more than 64 deep"));
});

test("flags each of which needs the one after it twice are left off in time", async (t) => {
  const flags = Array.from({ length: 64 }, (_, index) => {
    const state = { key: `f${index}`, variations: [true, false], on: true, offVariation: 1 };
    const clauses = [{ attribute: "plan", op: "in", values: ["old"] }];
    const last = { ...state, fallthrough: { variation: 0 }, rules: [{ clauses, variation: 1 }] };
    const prerequisites = [0, 0].map((variation) => ({ key: `f${index + 1}`, variation }));
    return [state.key, index === 63 ? last : { ...state, fallthrough: { variation: 0 }, prerequisites }] as const;
  });
  const read = await imported("launchdarkly", [{ flags: Object.fromEntries(flags) }]);
  t.true(read.answer("f62", "u1", { plan: "new" }));
  t.false(read.answer("f62", "u1", { plan: "old" }));
  t.false(read.answer("f0", "u1", { plan: "new" }));
  t.true(read.notices.some(({ why }) => why === "its condition would take more than 20000 comparisons"));
});

test("sets that would be one namespace are refused, unless it is asked for", async (t) => {
  const sets = ["a b", "a-b"].map((flagSetId) => ({
    metadata: { flagSetId },
    flags: { [flagSetId]: JSON.parse(FLAG) },
  }));
  const content = JSON.stringify(sets[0]);
  const other = JSON.stringify(sets[1]);
  const directory = await temporaryDirectory(t);
  const files = ["one.json", "other.json"].map((name) => join(directory, name));
  await Promise.all([content, other].map((text, index) => writeFile(files[index] as string, text)));
  const settings = { system: "flagd", files, sourceEnvironment: undefined, entity: undefined, now: 0 } as const;
  await t.throwsAsync(importFiles({ ...settings, namespace: undefined }), {
    message: /^two projects or flag sets would be namespace a-b: --namespace reads all as one$/,
  });
  t.deepEqual(
    (await importFiles({ ...settings, namespace: "all" })).namespaces.map(({ key }) => key),
    ["all"],
  );
});

test("an environment has to be chosen where there are several", async (t) => {
  const state = { on: true, fallthrough: { variation: 0 }, offVariation: 1 };
  const flag = {
    key: "a.b",
    name: "A",
    variations: [{ value: true }, { value: false }],
    environments: { live: state, test: { ...state, on: false } },
  };
  await t.throwsAsync(imported("launchdarkly", [{ items: [flag] }]), {
    message: "source.json: it has the environments live, test; choose one with --source-environment",
  });
  const flags = await imported("launchdarkly", [{ items: [flag] }], { sourceEnvironment: "test" });
  t.false(flags.answer("a-b", "u1", {}));
  t.deepEqual(
    flags.notices.map(({ kind, done }) => [kind, done]),
    [["changed", "its key is a-b: applications have to ask for that"]],
  );
});

test("an export of Unleash is read for one environment, with segments in each project", async (t) => {
  const strategy = (id: string, environment: string, plan: string) => ({
    id,
    environment,
    featureName: "banner",
    name: "default",
    constraints: [{ contextName: "plan", operator: "IN", values: [plan] }],
  });
  const states = ["live", "test"].map((environment) => ({ featureName: "banner", environment, enabled: true }));
  const document = {
    features: [
      { name: "banner", project: "shop" },
      { name: "other", project: "office" },
    ],
    segments: [{ id: 7, name: "germans", constraints: [{ contextName: "country", operator: "IN", values: ["de"] }] }],
    featureEnvironments: states,
    featureStrategies: [strategy("a", "live", "gold"), strategy("b", "test", "free"), strategy("c", "live", "pro")],
    featureStrategySegments: [{ featureStrategyId: "c", segmentId: 7 }],
  };
  const told = "source.json: it has the environments live, test; choose one with --source-environment";
  await t.throwsAsync(imported("unleash", [document]), { message: told });
  const flags = await imported("unleash", [document], { sourceEnvironment: "live" });
  const answer = (plan: string, country: string) => flags.answer("banner", "u1", { plan, country });
  const answers = [answer("gold", "fr"), answer("free", "de"), answer("pro", "fr"), answer("pro", "de")];
  t.deepEqual(answers, [true, false, false, true]);
  for (const project of ["shop", "office"]) t.regex(flags.texts.get(project) ?? "", /key: germans/, project);
});

function bomb(): string {
  const lines = ["flags:", "  a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 8; level += 1) {
    lines.push(`  a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
  }
  return `${lines.join("\n")}\n`;
}

test("a file that is no features file is refused with the names of the systems that it may be of", async (t) => {
  const file = join(await temporaryDirectory(t), "export.json");
  const settings = { namespace: undefined, sourceEnvironment: undefined, entity: undefined, now: 0 };
  for (const content of [
    '{"version":1,"features":[]}',
    `{"flags":{"a":${FLAG}}}`,
    '{"banner":{"variations":{}}}',
    "[3]",
  ]) {
    await writeFile(file, content);
    await t.throwsAsync(importFiles({ system: "vexil", files: [file], ...settings }), {
      message: /export\.json: .*; if it is another system's file, say which: --from flipt-v1, unleash, launchdarkly, /,
    });
  }
});

test("what no constraint can say names the property and its value, and what to do instead", async (t) => {
  const clauses = [{ attribute: "email", op: "endsWith", values: ["@acme.com"], negate: true }];
  const rest = { variations: [true, false], fallthrough: { variation: 1 }, offVariation: 1, on: true };
  const flag = { key: "strangers", version: 1, rules: [{ variation: 0, clauses }], ...rest };
  const { notices } = await imported("launchdarkly", [{ flags: { strangers: flag } }]);
  t.deepEqual(
    notices.map(({ where, what, why }) => [where, what, why]),
    [
      [
        "flags.strangers.rules.0",
        "a rule of strangers",
        'no constraint says that email does not end with "@acme.com"; instead of it, have an earlier rule for those of whom it does',
      ],
    ],
  );
});
