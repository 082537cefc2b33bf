import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import test from "ava";
import { BAD_FILES, EDGE_FILES } from "../../helpers/files/odd-files.js";
import { buildFrom, type Files } from "../../helpers/flags/build-from-files.js";

const GOOD =
  "namespace: good\nflags: [{key: on, name: On, type: BOOLEAN_FLAG_TYPE, enabled: true}]\nsegments: [{key: everybody, name: E, match_type: ALL_MATCH_TYPE}]\n";
const GOOD_CHANGED = GOOD.replace("key: on", "key: changed");
// YAML and JSON at once.
const BEFORE = '{"namespace": "bad", "flags": [{"key": "kept", "name": "Kept"}]}';

const builder = createSnapshotBuilder();
test.after.always(() => builder.close());

for (const { title, content, name = "features.yaml", reason, at, limits } of BAD_FILES) {
  test(`${title} keeps its namespace at the last good state, and the others move on`, async (t) => {
    const options = limits === undefined ? {} : { limits };
    const path = `bad/${name}`;
    const files: Files = { "good/features.yaml": GOOD, [path]: BEFORE };
    const { snapshot: previous } = await buildFrom(builder, files);
    t.deepEqual(previous.quarantined, []);

    const after = { "good/features.yaml": GOOD_CHANGED, [path]: content };
    const { snapshot, changedNamespaces } = await buildFrom(builder, after, {
      ...options,
      previous,
      revision: "a".repeat(40),
    });
    t.deepEqual([...(snapshot.namespaces.get("good")?.flags.keys() ?? [])], ["changed"]);
    t.is(snapshot.namespaces.get("bad"), previous.namespaces.get("bad"));
    t.deepEqual([...changedNamespaces], ["good"]);
    const faults = snapshot.quarantined.filter(({ namespace }) => namespace === "bad");
    t.true(faults.length > 0);
    t.true(
      faults.some((fault) => reason.test(fault.reason)),
      faults.map((fault) => fault.reason).join("\n"),
    );
    for (const fault of snapshot.quarantined) {
      t.is(fault.file, path);
      t.is(fault.revision, "a".repeat(40));
      t.not(fault.namespace, "good");
      t.true((fault.line ?? 0) >= 1 && (fault.column ?? 0) >= 1);
    }
    if (at !== undefined) t.is(`${faults[0]?.line}:${faults[0]?.column}`, at);

    // Without a previous state the bad namespace is missing, and the good one is served.
    const { snapshot: fresh } = await buildFrom(builder, after, options);
    t.deepEqual(
      [...fresh.namespaces.keys()].filter((key) => key !== "default"),
      ["good"],
    );
    t.is(({} as Record<string, unknown>).flags, undefined);
  });
}

for (const { title, content, name = "features.yaml", flags } of EDGE_FILES) {
  test(`${title} is fine`, async (t) => {
    const { snapshot } = await buildFrom(builder, { "good/features.yaml": GOOD, [`bad/${name}`]: content });
    t.deepEqual(snapshot.quarantined, []);
    const found = [...snapshot.namespaces].filter(([key]) => key !== "good");
    t.deepEqual(Object.fromEntries(found.map(([key, namespace]) => [key, [...namespace.flags.keys()]])), flags);
    for (const [, namespace] of found) t.notThrows(() => JSON.parse(namespace.clientJson));
    t.is(({} as Record<string, unknown>).polluted, undefined);
  });
}

test("more than a hundred bad files are tried", (t) => {
  t.true(BAD_FILES.length >= 100, `${BAD_FILES.length}`);
});
