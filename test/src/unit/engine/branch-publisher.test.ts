import { NO_EDITS } from "@vexil/engine/storage/state/environment-files";
import { UnservedToken } from "@vexil/engine/storage/storage-tokens";
import type { Oid } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { FEATURES, features, machine } from "../../helpers/machine/machine.js";

const context = { signal: new AbortController().signal, correlationId: "test" };
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
  /** Resolves to what was built, if anything is new. */
  const publish = async (head: Oid, edits: ReadonlyMap<string, Uint8Array | undefined> = NO_EDITS, own = false) => {
    const events = await publisher.publish(branches.main, { head, edits, own }, context);
    return events.find((event) => event.type === "snapshot.built");
  };
  /** The last commit without faults, where the branch has some. */
  const good = async () => [...(await one.backend.refs.list("refs/vexil/good/")).values()];
  return { ...one, branch: branches.main, publish, good, changes };
}

test("a commit is served with what it changed, and known to the conflict rule as somebody else's or one's own", async (t) => {
  const { remote, publish, branch, served, changes } = await start(t);
  const { sequence } = branch.known;
  const theirs = await remote.commit({ "other/features.yaml": features({ x: true }, "other") });
  t.is((await publish(theirs))?.revision, theirs);
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
  t.is(await publish(branch.known.head ?? ""), undefined);
  const readme = await remote.commit({ "README.md": "x" });
  const result = await publish(readme);
  t.deepEqual(result?.environments, ["default"]);
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
  const { remote, publish, branch, good, served, snapshots } = await start(t);
  const { head } = branch.known;
  const bad = await remote.commit({
    [FEATURES]: "namespace: default\nflags: [",
    "b/features.yaml": features({ y: true }, "b"),
  });
  const built = await publish(bad);
  t.deepEqual(
    built?.quarantined.map(({ file }) => file),
    [FEATURES],
  );
  t.deepEqual(served(), { one: true });
  t.true(snapshots.get("default")?.snapshot?.namespaces.has("b"));
  t.deepEqual(await good(), [head]);
  await publish(await remote.commit({ [FEATURES]: features({ mended: true }) }));
  t.deepEqual(served(), { mended: true });
  t.deepEqual(await good(), []);
});

test("a namespace that was never good is told as unserved, and its past is looked for", async (t) => {
  const { inside, status } = await start(t, {
    [FEATURES]: "flags: [",
    "b/features.yaml": features({ y: true }, "b"),
  });
  t.deepEqual(
    (await inside.get(UnservedToken)).all().map(({ namespace }) => namespace),
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
