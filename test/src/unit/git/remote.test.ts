import { join } from "node:path";
import { openRepository } from "@vexil/core/internal/git/repository";
import test, { type ExecutionContext } from "ava";
import { mapBackend } from "../../helpers/map-backend.js";
import { nativeGit } from "../../helpers/native-git.js";
import { fetchFrom, never, openTestRemote } from "../../helpers/remote-client.js";
import { EXAMPLE_FILES, temporaryRepository } from "../../helpers/temporary-repository.js";

const MAIN = "refs/heads/main";

async function start(t: ExecutionContext, how: "file" | "path") {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const url = how === "file" ? repository.url : repository.path;
  const backend = mapBackend();
  const head = async (): Promise<string> => (await repository.head()) as string;
  return { repository, head, backend, local: openRepository(backend), remote: openTestRemote(t, url) };
}

for (const how of ["file", "path"] as const) {
  test(`over ${how}: refs, first load, a thin fetch of one change, a push`, async (t) => {
    const { repository, head, backend, local, remote } = await start(t, how);
    const first = await head();
    t.deepEqual([...(await remote.listRefs([MAIN], never)).refs], [[MAIN, first]]);
    const loaded = await fetchFrom(remote, { wants: [first] });
    t.deepEqual(loaded.shallow, [first]);
    await backend.objects.write(loaded.objects);
    t.deepEqual([...(await local.listFiles(first, "", () => true)).keys()].sort(), Object.keys(EXAMPLE_FILES));

    const second = await repository.commit({ "ops/features.yaml": `${EXAMPLE_FILES["ops/features.yaml"]}# changed\n` });
    const next = await fetchFrom(remote, {
      wants: [second],
      haves: [first],
      shallow: [first],
      readBase: (oids) => backend.objects.read(oids),
    });
    t.is(next.objects.length, 4);
    t.deepEqual(next.shallow, [second]);
    t.true(next.bytes < 1500, `${next.bytes} bytes`);
    await backend.objects.write(next.objects);

    const commit = await local.makeCommit({
      parents: [second],
      baseTree: (await local.readCommit(second))?.tree,
      changes: new Map([
        ["team/features.yaml", Buffer.from("namespace: team\n")],
        ["ops/features.yaml", undefined],
      ]),
      author: { name: "Vexil", email: "vexil@example.com" },
      message: "create namespace team",
      timestampMs: Date.now(),
      instance: "instance-1",
    });
    const pushed = await remote.push(
      { updates: [{ ref: MAIN, old: second, new: commit.oid }], objects: commit.objects },
      never,
    );
    t.deepEqual([...pushed.refs], [[MAIN, { ok: true }]]);
    t.is(await head(), commit.oid);
    await repository.git("fsck", "--strict");
    t.is(await repository.git("ls-tree", "-r", "--name-only", "main"), "default/features.yaml\nteam/features.yaml");
    t.is((await local.readCommit(commit.oid)) ?? undefined, undefined);
  });
}

test("a push that lost the race, and one that a hook declines, say so in the remote's words", async (t) => {
  const { repository, head, remote } = await start(t, "file");
  const first = await head();
  const second = await repository.commit({ x: "1" });
  const work = await repository.clone();
  await nativeGit(["-C", work, "reset", "-q", "--hard", first]);
  const raced = await remote.push({ updates: [{ ref: MAIN, old: first, new: first }], objects: [] }, never);
  const result = raced.refs.get(MAIN);
  t.true(result?.ok === false && /lock|update/.test(result.reason), JSON.stringify(result));
  t.is(await head(), second);
  t.truthy(join(work, "x"));
});
