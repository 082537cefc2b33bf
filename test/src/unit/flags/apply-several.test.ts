import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import type { ItemChange } from "@vexil/flags/edit/change";
import type { Flag, Segment } from "@vexil/flags/read/document";
import { VexilError } from "@vexil/plugin-api/errors";
import test from "ava";
import { applyChange, MemoryView } from "../../helpers/flags/memory-view.js";
import { exampleFiles } from "../../helpers/flags/published-files.js";

const builder = createSnapshotBuilder({ processes: 1 });
test.after.always(() => builder.close());

const open = (files: Readonly<Record<string, string>>): Promise<MemoryView> => MemoryView.of(builder, files);
const several = (...changes: readonly ItemChange[]) => ({ type: "several", changes }) as const;

const flag = (key: string, more: Partial<Flag> = {}): Flag => ({
  key,
  name: key,
  type: "BOOLEAN_FLAG_TYPE",
  description: "",
  enabled: true,
  variants: [],
  rules: [],
  rollouts: [],
  ...more,
});
const segment = (key: string): Segment => {
  return { key, name: key, description: "", matchType: "ALL_MATCH_TYPE", constraints: [] };
};
const putFlag = (namespace: string, item: Flag, mode: "create" | "update" | "put" = "put"): ItemChange => {
  return { type: "put-flag", mode, namespace, key: item.key, flag: item };
};
const putSegment = (namespace: string, key: string): ItemChange => {
  return { type: "put-segment", mode: "put", namespace, key, segment: segment(key) };
};
const putNamespace = (key: string, name?: string): ItemChange => {
  return { type: "put-namespace", mode: "put", key, name, description: undefined };
};
const inSegment = (key: string): Partial<Flag> => ({
  rollouts: [{ description: "", segment: { segments: [key], segmentOperator: "OR_SEGMENT_OPERATOR", value: true } }],
});

test("several changes build on each other: a namespace, its segment and a flag that needs both", async (t) => {
  const view = await open(exampleFiles());
  const change = several(
    putNamespace("shop", "Shop"),
    putSegment("shop", "adults"),
    putFlag("shop", flag("wine", inSegment("adults"))),
    putFlag("default", flag("added")),
    { type: "delete-flag", namespace: "default", key: "plain" },
  );
  const applied = await applyChange(change, view);
  t.deepEqual([...applied.files.keys()].sort(), ["default/features.yaml", "shop/features.yaml"]);
  t.deepEqual(
    applied.summaries.map(({ verb, type, namespace, key }) => `${verb} ${type} ${namespace}/${key}`),
    [
      "create namespace shop/shop",
      "create segment shop/adults",
      "create flag shop/wine",
      "create flag default/added",
      "delete flag default/plain",
    ],
  );
  const { snapshot } = await view.after(applied.files);
  t.deepEqual([...(snapshot.namespaces.get("shop")?.items.flags.keys() ?? [])], ["wine"]);
  t.true(snapshot.namespaces.get("default")?.items.flags.has("added"));
  t.false(snapshot.namespaces.get("default")?.items.flags.has("plain"));
  t.deepEqual(snapshot.quarantined, []);
});

test("what is there already as it is put changes nothing, and is not told", async (t) => {
  const change = several(putNamespace("shop", "Shop"), putSegment("shop", "adults"), putFlag("shop", flag("wine")));
  const view = await open(exampleFiles());
  const after = await view.after((await applyChange(change, view)).files);
  const again = await applyChange(change, after);
  t.is(again.files.size, 0);
  t.deepEqual(again.summaries, []);
  const more = several(...change.changes, putFlag("shop", flag("beer")));
  t.deepEqual(
    (await applyChange(more, after)).summaries.map(({ key }) => key),
    ["beer"],
  );
});

test("a namespace that goes may come again in the same changes, and what went with it is gone", async (t) => {
  const view = await open(exampleFiles());
  const change = several({ type: "delete-namespace", key: "ops" }, putNamespace("ops"), putFlag("ops", flag("new")));
  const { snapshot } = await view.after((await applyChange(change, view)).files);
  t.deepEqual([...(snapshot.namespaces.get("ops")?.items.flags.keys() ?? [])], ["new"]);
  const gone = several({ type: "delete-namespace", key: "ops" }, putFlag("ops", flag("new")));
  await t.throwsAsync(applyChange(gone, view), { message: /changes\.1 \(flag ops\/new\): .*namespace not found/ });
});

test("each change that cannot be made is named with its place, and none of them is made", async (t) => {
  const view = await open(exampleFiles());
  const change = several(
    putFlag("default", flag("fine")),
    putFlag("default", flag("plain"), "create"),
    putFlag("nowhere", flag("lost")),
    putFlag("default", flag("astray", inSegment("unknown"))),
    { type: "delete-segment", namespace: "default", key: "unknown" },
    putFlag("default", flag("absent"), "update"),
  );
  const error = (await t.throwsAsync(applyChange(change, view))) as VexilError;
  t.true(VexilError.is(error));
  t.is(error.code, "VEXIL_EXISTS");
  t.regex(
    error.message,
    /^4 of 6 changes cannot be made, so nothing was changed: changes\.1 \(flag default\/plain\): /,
  );
  t.regex(error.message, /; and 1 more$/);
  t.deepEqual(
    (error.details.changes as readonly { change: number; resource: string; code: string }[]).map(
      ({ change: index, resource, code }) => [index, resource, code],
    ),
    [
      [1, "flag default/plain", "VEXIL_EXISTS"],
      [2, "flag nowhere/lost", "VEXIL_NOT_FOUND"],
      [3, "flag default/astray", "VEXIL_VALIDATION_REQUEST"],
      [5, "flag default/absent", "VEXIL_NOT_FOUND"],
    ],
  );
});

test("two thousand flags are put beside others, whose text stays", async (t) => {
  const text = "# mine\nflags:\n  - key: own # stays\n    name: Own\n    type: BOOLEAN_FLAG_TYPE\n    enabled: true\n";
  const view = await open({ "default/features.yaml": text });
  const flags = Array.from({ length: 2_000 }, (_, index) => flag(`flag-${index}`, { description: `number ${index}` }));
  const started = performance.now();
  const applied = await applyChange(several(...flags.map((one) => putFlag("default", one))), view);
  t.log(`${Math.round(performance.now() - started)} ms`);
  t.is(applied.summaries.length, 2_000);
  const after = await view.after(applied.files);
  t.true(after.text("default/features.yaml")?.startsWith(text));
  t.is(after.snapshot.namespaces.get("default")?.items.flags.size, 2_001);
});
