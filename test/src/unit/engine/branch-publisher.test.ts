import { NO_EDITS } from "@vexil/engine/storage/state/environment-files";
import type { Oid } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { FEATURES, features, machine } from "../../helpers/machine/machine.js";

const signal = new AbortController().signal;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A storage without remote that serves its first commit, and its publisher. */
async function start(
  t: ExecutionContext,
  files: Readonly<Record<string, string>> = { [FEATURES]: features({ one: true }) },
) {
  const one = await machine(t, { remote: null, files });
  await one.open().settled;
  const { branches } = one.storage;
  const { publisher } = one.storage.state;
  const changes: string[] = [];
  one.snapshots.changes$.subscribe((change) => {
    if (change.type === "published") changes.push([...change.changedNamespaces].sort().join());
  });
  const publish = (commit: Oid, edits: ReadonlyMap<string, Uint8Array | undefined> = NO_EDITS, own = false) =>
    publisher.publish(branches.main, commit, edits, { own, now: one.clock.now(), signal });
  return { ...one, publisher, branch: branches.main, publish, changes };
}

test("a commit is served with what it changed, and known to the conflict rule as somebody else's or one's own", async (t) => {
  const { remote, publish, branch, served, changes } = await start(t);
  const { sequence } = branch.known;
  const theirs = await remote.commit({ "other/features.yaml": features({ x: true }, "other") });
  t.true((await publish(theirs)).changed);
  t.deepEqual(changes, ["other"]);
  t.is(branch.known.head, theirs);
  t.is(branch.known.sequence, sequence + 1);
  const own = await remote.commit({ [FEATURES]: features({ one: false }) });
  await publish(own, NO_EDITS, true);
  t.is(branch.known.sequence, sequence + 1, "one's own commits do not count");
  t.deepEqual(served(), { one: false });
});

test("the same commit again changes nothing; a commit of other files is a new revision only", async (t) => {
  const { remote, publish, branch, changes, snapshots } = await start(t);
  t.false((await publish(branch.known.head ?? "")).changed);
  const readme = await remote.commit({ "README.md": "x" });
  const result = await publish(readme);
  t.deepEqual(result.environments, ["default"]);
  t.is(snapshots.get("default")?.snapshot?.revision, readme);
  t.deepEqual(changes, ["", ""]);
});

test("edits lie on top of the commit and go with it, the table of committed files stays", async (t) => {
  const { publish, branch, served } = await start(t);
  const head = branch.known.head ?? "";
  const { files } = branch.known;
  await publish(head, new Map([[FEATURES, bytes(features({ one: false, edited: true }))]]));
  t.deepEqual(served(), { one: false, edited: true });
  t.deepEqual([...branch.known.files], [...files]);
  await publish(head, new Map([[FEATURES, undefined]]));
  t.deepEqual(served(), {});
  await publish(head);
  t.deepEqual(served(), { one: true });
});

test("a faulty file is left out: its namespace keeps its last good state, the others go on, until it is mended", async (t) => {
  const { remote, publish, branch, publisher, served, snapshots } = await start(t);
  t.true(publisher.isGood(branch));
  const bad = await remote.commit({
    [FEATURES]: "namespace: default\nflags: [",
    "b/features.yaml": features({ y: true }, "b"),
  });
  const { results } = await publish(bad);
  t.deepEqual(
    results[0]?.snapshot.quarantined.map(({ file }) => file),
    [FEATURES],
  );
  t.deepEqual(served(), { one: true });
  t.true(snapshots.get("default")?.snapshot?.namespaces.has("b"));
  t.false(publisher.isGood(branch));
  await publish(await remote.commit({ [FEATURES]: features({ mended: true }) }));
  t.deepEqual(served(), { mended: true });
  t.true(publisher.isGood(branch));
});

test("a namespace that was never good is told as unserved, and its past is looked for", async (t) => {
  const { publisher, status } = await start(t, {
    [FEATURES]: "flags: [",
    "b/features.yaml": features({ y: true }, "b"),
  });
  t.deepEqual(
    publisher.unserved.all().map(({ namespace }) => namespace),
    ["default"],
  );
  t.deepEqual(status.storage("main")?.unservedNamespaces, [{ environment: "default", namespace: "default" }]);
});

test("a removed file takes its namespace along", async (t) => {
  const { remote, publish, snapshots } = await start(t, {
    [FEATURES]: features({ one: true }),
    "b/features.yaml": features({ y: true }, "b"),
  });
  t.true(snapshots.get("default")?.snapshot?.namespaces.has("b"));
  await publish(await remote.commit({ "b/features.yaml": undefined }));
  t.false(snapshots.get("default")?.snapshot?.namespaces.has("b"));
});
