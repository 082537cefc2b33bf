import { readFileSync } from "node:fs";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { evaluateBoolean } from "@vexil/flags/evaluate/boolean";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { evaluateVariant } from "@vexil/flags/evaluate/variant";
import test from "ava";
import { buildOnce } from "../../helpers/flags/build-from-files.js";

// The fixture and the answers are those of the specification's golden examples, sections 0 to 2.
const fixtures = new URL("../../../fixtures/examples/", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, fixtures), "utf8");

async function start(): Promise<Snapshot> {
  const paths = ["default/features.yaml", "ops/features.yaml"];
  const { snapshot } = await buildOnce(Object.fromEntries(paths.map((path) => [path, read(path)])));
  return snapshot;
}

function flagOf(snapshot: Snapshot, key: string, namespace = "default"): CompiledFlag {
  const flag = snapshot.namespaces.get(namespace)?.flags.get(key);
  if (flag === undefined) throw new Error(`no flag ${namespace}/${key}`);
  return flag;
}

const short = (reason: string): string => reason.replace("_EVALUATION_REASON", "");

test("boolean flags evaluate as in the golden examples E1 to E6", async (t) => {
  const snapshot = await start();
  const cases: [string, string, Record<string, string>, boolean, string, string[]][] = [
    ["checkout", "user-1", {}, false, "DEFAULT", []],
    ["checkout", "alice", {}, true, "MATCH", []],
    ["checkout", "user-1", { plan: "beta" }, true, "MATCH", ["beta"]],
    ["banner", "user-1", {}, true, "DEFAULT", []],
    ["checkout", "id-150", {}, true, "MATCH", []],
    ["checkout", "id-23", {}, false, "DEFAULT", []],
    ["checkout", "user-4", {}, true, "MATCH", []],
    ["checkout", "u@example.com", {}, true, "MATCH", ["beta"]],
  ];
  for (const [key, entity, context, enabled, reason, segments] of cases) {
    const result = evaluateBoolean(flagOf(snapshot, key), entity, context);
    t.deepEqual(
      [result.enabled, short(result.reason), result.segmentKeys],
      [enabled, reason, segments],
      `${key} ${entity}`,
    );
  }
});

test("variant flags evaluate as in the golden examples E7 to E12", async (t) => {
  const snapshot = await start();
  const german = { country: "de", age: "30" };
  const young = { country: "de", age: "18" };
  const dark = '{"hex":"#000","level":3}';
  const both = ["germany", "adults"];
  const cases: [string, string, Record<string, string>, boolean, string, string, string, string[]][] = [
    ["theme", "user-1", german, true, "MATCH", "blue", "null", both],
    ["theme", "user-1", {}, false, "DEFAULT", "light", "null", []],
    ["plain", "user-1", {}, false, "UNKNOWN", "", "", []],
    ["retired", "user-1", {}, false, "FLAG_DISABLED", "off", '[1,"two"]', []],
    ["theme", "user-3", german, true, "MATCH", "dark", dark, both],
    ["theme", "id-892", young, true, "MATCH", "light", "null", both],
    ["theme", "id-1894", young, true, "MATCH", "dark", dark, both],
    ["theme", "id-243", young, true, "MATCH", "dark", dark, both],
    ["theme", "id-872", young, true, "MATCH", "blue", "null", both],
    ["theme", "id-221", young, true, "MATCH", "blue", "null", both],
    ["theme", "user-1", { country: "de", age: "18.0" }, true, "MATCH", "blue", "null", both],
    ["theme", "user-1", { plan: "canary" }, true, "MATCH", "dark", dark, ["beta"]],
    ["theme", "user-1", { plan: "canary", ...german }, true, "MATCH", "dark", dark, ["beta"]],
    ["theme", "u@example.com", {}, true, "MATCH", "dark", dark, ["beta"]],
    ["theme", "user-1", { country: "de", age: "17" }, true, "MATCH", "light", "null", ["germany"]],
    ["theme", "user-1", { country: "de" }, true, "MATCH", "light", "null", ["germany"]],
    ["theme", "user-1", { country: "DE" }, false, "DEFAULT", "light", "null", []],
  ];
  for (const [key, entity, context, match, reason, variant, attachment, segments] of cases) {
    const result = evaluateVariant(flagOf(snapshot, key), entity, context);
    t.deepEqual(
      [result.match, short(result.reason), result.variantKey, result.variantAttachment, result.segmentKeys],
      [match, reason, variant, attachment, segments],
      `${key} ${entity} ${JSON.stringify(context)}`,
    );
  }
});

test("the client snapshot of the namespace ops is the golden example E28", async (t) => {
  const snapshot = await start();
  const ops = snapshot.namespaces.get("ops");
  const client = JSON.parse(ops?.clientJson ?? "null");
  const id = client.flags[1].rules[0].id;
  const time = client.flags[0].createdAt;
  t.regex(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  t.is(new Date(time).toISOString(), time);
  const times = { createdAt: time, updatedAt: time };
  const all = { key: "all", name: "", description: "", matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [] };
  const gold = { variantKey: "gold", variantAttachment: '{"limit":10}', rollout: 100 };
  const names = { name: "", description: "" };
  t.deepEqual(client, {
    namespace: { key: "ops" },
    flags: [
      {
        key: "kill-switch",
        ...names,
        enabled: true,
        type: "BOOLEAN_FLAG_TYPE",
        ...times,
        rules: [],
        rollouts: [{ type: "THRESHOLD_ROLLOUT_TYPE", rank: 1, threshold: { percentage: 12.5, value: false } }],
      },
      {
        key: "tier",
        ...names,
        enabled: true,
        type: "VARIANT_FLAG_TYPE",
        ...times,
        rules: [
          {
            id,
            segments: [all],
            rank: 1,
            segmentOperator: "OR_SEGMENT_OPERATOR",
            distributions: [{ ruleId: id, ...gold }],
          },
        ],
        rollouts: [],
        defaultVariant: { id: "tier/gold", key: "gold", attachment: '{"limit":10}' },
      },
    ],
    digest: "6fdef425110328dee4c33b5eed7838604bac6b36",
  });
});

test("a native list is JSON text in the client snapshot (E32)", async (t) => {
  const snapshot = await start();
  const namespace = snapshot.namespaces.get("default");
  t.is(namespace?.digest, "b5f71a874abf593500ae96b84ef80c9a67ef111e");
  const client = JSON.parse(namespace?.clientJson ?? "null");
  t.deepEqual(client.flags[0].rules[0].segments[0].constraints[0], {
    type: "STRING_CONSTRAINT_COMPARISON_TYPE",
    property: "plan",
    operator: "isoneof",
    value: '["beta","canary"]',
  });
});
