import type { ParsedStore } from "@vexil/flags/compile/parsed-store";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import { PARSED_FORMAT, packParsed } from "@vexil/flags/parse/parsed-text";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { parseFeatures } from "@vexil/flags/read/parse";
import test, { type ExecutionContext } from "ava";
import { featuresFile } from "../../bench/generated-flags.js";
import { eventually } from "../../helpers/daemon/daemon.js";
import { blobId, buildFrom, type Files } from "../../helpers/flags/build-from-files.js";

/** A store in memory. */
function memoryStore(): ParsedStore & { readonly kept: Map<string, Buffer> } {
  const kept = new Map<string, Buffer>();
  return {
    kept,
    ready: async () => undefined,
    has: (id) => kept.has(id),
    get: async (id) => kept.get(id),
    put: async (id, parts) => void kept.set(id, Buffer.concat([...parts])),
    tidy: async () => undefined,
  };
}

const LARGE = featuresFile("large", 400);
const SMALL = featuresFile("small", 12);
const FAULTY = `${featuresFile("faulty", 20)}  - key: broken\n    match_type: NONE\n`;
/** A reference that leads to another file of the namespace. */
const SPLIT = featuresFile("split", 10).replace(/^segments:[\s\S]*/m, "");
const FILES: Files = {
  "large/features.yaml": LARGE,
  "small/features.yaml": SMALL,
  "twin/features.yaml": SMALL.replace("key: small", "key: twin"),
  "faulty/features.yaml": FAULTY,
  "split/features.yaml": featuresFile("split", 10).replace(/^flags:[\s\S]*?(?=^segments:)/m, ""),
  "split/b/features.yaml": SPLIT,
};

function builderOf(t: ExecutionContext, store: ParsedStore) {
  const builder = createSnapshotBuilder({ processes: 1, now: () => 1_700_000_000_000, store, storeAfterMs: 1 });
  t.teardown(() => builder.close());
  return builder;
}

function answersOf({ namespaces, quarantined, files }: Snapshot) {
  return {
    files: [...files],
    quarantined,
    namespaces: [...namespaces].map(([key, namespace]) => ({
      key,
      digest: namespace.digest,
      clientJson: namespace.clientJson,
      flags: [...namespace.flags],
      items: namespace.items,
      places: [...namespace.flags.keys()].map((flag) => namespace.places(flag)),
    })),
  };
}

test("a state of stored files is the state of the same files parsed, faults and their places included", async (t) => {
  const store = memoryStore();
  const cold = await buildFrom(builderOf(t, store), FILES);
  // Those without faults that are worth it.
  await eventually(
    async () => store.kept.size,
    (size) => size === 4,
  );
  const warm = await buildFrom(builderOf(t, store), FILES);
  t.deepEqual([cold.parsedFiles, warm.parsedFiles], [6, 2]);
  t.is(cold.snapshot.quarantined[0]?.file, "faulty/features.yaml");
  t.true((cold.snapshot.quarantined[0]?.line ?? 0) > 100);
  t.deepEqual(answersOf(warm.snapshot), answersOf(cold.snapshot));
});

test("a large file that was stored is read in part when it changes", async (t) => {
  const store = memoryStore();
  const files = { "large/features.yaml": LARGE };
  await buildFrom(builderOf(t, store), files);
  await eventually(
    async () => store.kept.size,
    (size) => size === 1,
  );
  const changed = { "large/features.yaml": LARGE.replace("Switches part 201 on", "Switches something on") };
  const warm = builderOf(t, store);
  const before = await buildFrom(warm, files);
  const after = await buildFrom(warm, changed, { previous: before.snapshot });
  const flagsOf = ({ snapshot }: typeof before) => [...(snapshot.namespaces.get("large")?.flags.values() ?? [])];
  t.is(before.parsedFiles, 0);
  // Flags that were not read again are the same objects.
  t.is(flagsOf(after).filter((flag, index) => flag !== flagsOf(before)[index]).length, 1);
  const whole = await buildFrom(builderOf(t, memoryStore()), changed);
  t.deepEqual(answersOf(after.snapshot), answersOf(whole.snapshot));
});

test("what was stored counts for the same content and limits alone, and what is no parsed file not at all", async (t) => {
  const store = memoryStore();
  const files = { "a/features.yaml": SMALL };
  await buildFrom(builderOf(t, store), files);
  await eventually(
    async () => store.kept.size,
    (size) => size === 1,
  );
  const narrow = await buildFrom(builderOf(t, store), files, { limits: { fileBytes: 100 } });
  t.is(narrow.snapshot.quarantined.length, 1);
  const other = await buildFrom(builderOf(t, store), { "a/features.yaml": LARGE });
  t.is(other.parsedFiles, 1);
  for (const odd of ["", "x", "\u0002\u0000\u0000\u0000{}", "\u0004\u0000\u0000\u0000null"]) {
    for (const id of store.kept.keys()) store.kept.set(id, Buffer.from(odd));
    const { snapshot, parsedFiles } = await buildFrom(builderOf(t, store), files);
    t.is(parsedFiles, 1, odd);
    t.is(snapshot.namespaces.get("small")?.flags.size, 12);
  }
});

test("a version that is not served any more when its turn has come is not stored", async (t) => {
  const store = memoryStore();
  const builder = createSnapshotBuilder({ processes: 1, store, storeAfterMs: 300 });
  t.teardown(() => builder.close());
  const first = await buildFrom(builder, { "a/features.yaml": SMALL });
  const next = SMALL.replace("Flag 1", "Flag one");
  await buildFrom(builder, { "a/features.yaml": next }, { previous: first.snapshot });
  await eventually(
    async () => store.kept.size,
    (size) => size > 0,
  );
  t.true([...store.kept.keys()].every((id) => id.includes(blobId(next))));
});

test("the number of the format stands for what is stored of these files", (t) => {
  const bytes = [LARGE, SMALL].flatMap((text) => [
    ...packParsed(parseFeatures("a/features.yaml", Buffer.from(text), DEFAULT_FEATURE_LIMITS)),
  ]);
  // If this changes, processes would take what others have stored for something else: count PARSED_FORMAT up.
  t.deepEqual([PARSED_FORMAT, blobId(Buffer.concat(bytes))], [1, "b158dc2b560fc5cf1dd37a4a9addea8eede787e7"]);
});
