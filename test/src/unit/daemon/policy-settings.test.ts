import roles from "@vexil/authorization-roles";
import { VexilError } from "@vexil/plugin-api";
import test from "ava";
import { createWithPolicies } from "../../../../daemon/dist/http/rights/policy-settings.js";

type Settings = Readonly<Record<string, unknown>>;

/** The settings that an engine is made of; refused as plugins' are. */
async function withPolicies(settings: Settings, bytes: Uint8Array): Promise<Settings> {
  let merged: Settings = {};
  const config = {
    type: "roles",
    path: "authorization",
    policies: { storage: "main", path: "access/p.yaml" },
    settings,
  };
  const create = async (of: typeof config): Promise<never> => {
    merged = of.settings;
    const { issues = [] } = await roles.schema["~standard"].validate(merged);
    const told = issues.map(({ path = [], message }) => `${[of.path, ...path].map(String).join(".")}: ${message}`);
    if (told.length === 0) return {} as never;
    const message = `plugin "roles" (@vexil/authorization-roles): validate failed: ${told.join(", ")}; correct the configuration`;
    throw new VexilError("VEXIL_PLUGIN_VALIDATE", message, { details: { plugin: "roles" } });
  };
  await createWithPolicies({ create }, config, bytes, () => {});
  return merged;
}

const LARGE = 990_000;

test("texts that are made to exhaust a reader are faults, and cost the daemon no turn to speak of", async (t) => {
  for (const [unit, reason] of [
    ["[", /nested deeper than 32 levels/],
    ["- ", /nested deeper than 32 levels/],
    ["{a: ", /nested deeper than 32 levels/],
  ] as const) {
    const text = unit.repeat(Math.floor(LARGE / unit.length));
    await t.throwsAsync(() => withPolicies({}, Buffer.from(text)), { message: reason }, unit);
  }
  const levels = [..."bcdefghi"].map((key, index) => {
    const above = `*${"abcdefghi"[index]}`;
    return `${key}: &${key} [${Array(9).fill(above).join(",")}]`;
  });
  const aliases = ["a: &a [x,x,x,x,x,x,x,x,x]", ...levels].join("\n");
  await t.throwsAsync(() => withPolicies({}, Buffer.from(aliases)), { message: /aliases expand/ });
  await t.throwsAsync(() => withPolicies({}, Buffer.from([0xff, 0xfe, 0x41])), { message: /no text in UTF-8/ });
  await t.throwsAsync(() => withPolicies({}, Buffer.from("roles: {}\n---\nroles: {}\n")), {
    message: /more than one document/,
  });
});

test("policies go with the configuration's, and an empty file binds nobody", async (t) => {
  const binding = { role: "a", match: { token: "x" } };
  const configured = { roles: { a: [{ actions: ["read"] }] }, bindings: [binding] };
  const merged = await withPolicies(configured, Buffer.from("bindings: [{ role: a, match: { token: y } }]\n"));
  t.deepEqual(merged, { ...configured, bindings: [binding, { role: "a", match: { token: "y" } }] });
  t.deepEqual(await withPolicies(configured, Buffer.from("# nothing yet\n")), configured);
});

test("a fault is told with its place in the file, whatever the configuration has besides", async (t) => {
  const configured = {
    roles: { reader: [{ actions: ["read"] }] },
    bindings: [
      { role: "reader", match: { token: "a" } },
      { role: "reader", match: { token: "b" } },
    ],
  };
  const good = "bindings:\n  - { role: reader, match: { token: c } }\n";
  const cases: readonly (readonly [string, number, number, RegExp])[] = [
    [`${good}  - { role: raeder, match: { token: d } }\n`, 3, 13, /^bindings\.1\.role: unknown role "raeder"/],
    [`${good}roles:\n  new:\n    - actions: [read, fly]\n`, 5, 16, /^roles\.new\.0\.actions: unknown action "fly"/],
    [`${good}roles:\n  reader: []\n`, 4, 11, /^roles\.reader is given in the configuration, too$/],
    [`${good}roles: [\n  x\nbindings: 1\n`, 5, 1, /^the file is no YAML: /],
  ];
  for (const [text, line, column, reason] of cases) {
    const error = await t.throwsAsync(withPolicies(configured, Buffer.from(text)), { instanceOf: VexilError });
    t.like(error?.details, { line, column }, `${error?.message} ${JSON.stringify(error?.details)}`);
    t.regex(String(error?.details.reason), reason);
    t.is(error?.message, `line ${line}, column ${column}: ${error?.details.reason}`);
  }
  const own = { ...configured, bindings: [{ role: "gone", match: { token: "a" } }] };
  const error = await t.throwsAsync(withPolicies(own, Buffer.from(good)));
  t.regex(error?.message ?? "", /^authorization\.bindings\.0\.role: unknown role "gone"/);
});
