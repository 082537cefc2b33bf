import { OBJECT_FS_GITDIR, objectFs } from "@vexil/git/history/object-fs";
import { gitObject } from "@vexil/git/objects/object-id";
import { openRepository } from "@vexil/git/repository";
import type { CommitInfo } from "@vexil/git/repository-view";
import type { GitObject } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import git from "isomorphic-git";
import { fetchAll, openTestRemote } from "../helpers/git-servers/remote-client.js";
import { mapBackend } from "../helpers/plugins/map-backend.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const MAIN = "refs/heads/main";
const AUTHOR = { name: "Vexil", email: "vexil@example.com" };

async function start(t: ExecutionContext) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  await repository.commit({ "ops/features.yaml": "namespace: ops\n" });
  const backend = mapBackend();
  const head = (await repository.head()) as string;
  const request = { wants: [head], haves: [], shallow: [], readBase: async () => new Map() };
  await backend.objects.write((await fetchAll(openTestRemote(t, repository.path), request)).objects);
  backend.heads.set(MAIN, head);
  const iso = { fs: objectFs(backend, "main"), gitdir: OBJECT_FS_GITDIR, cache: {} };
  return { backend, head, iso, local: openRepository(backend) };
}

test("isomorphic-git reads what the repository holds, and finds the same", async (t) => {
  const { head, iso, local } = await start(t);
  t.is(await git.resolveRef({ ...iso, ref: "HEAD" }), head);
  t.deepEqual(await git.listBranches(iso), ["main"]);
  const log = await git.log({ ...iso, ref: "main" });
  t.deepEqual([log.length, log[0]?.oid], [2, head]);
  t.like(await local.readCommit(head), { tree: log[0]?.commit.tree ?? "", parents: log[0]?.commit.parent ?? [] });
  const files = await local.listFiles(head, "", () => true);
  t.deepEqual([...files.keys()].sort(), await git.listFiles({ ...iso, ref: "main" }).catch(() => listByWalk(iso)));
});

async function listByWalk(iso: Parameters<typeof git.log>[0]): Promise<string[]> {
  const map = async (path: string, [entry]: (import("isomorphic-git").WalkerEntry | null)[]) =>
    (await entry?.type()) === "blob" ? path : undefined;
  const paths: unknown = await git.walk({ ...iso, trees: [git.TREE({ ref: "main" })], map });
  return (paths as (string | string[])[]).flat(9).sort() as string[];
}

test("isomorphic-git reads the commits that the repository makes", async (t) => {
  const { backend, head, iso, local } = await start(t);
  const text = "namespace: team\n";
  const { oid, objects } = await local.makeCommit({
    parents: [head],
    baseTree: (await local.readCommit(head))?.tree,
    changes: new Map([["team/features.yaml", Buffer.from(text)]]),
    author: AUTHOR,
    message: "create namespace team",
    timestampMs: 1_700_000_000_000,
    instance: "one",
  });
  await backend.objects.write(objects);
  t.true(await backend.refs.compareAndSwap([{ ref: MAIN, old: head, new: oid, reason: "test" }]));
  const { commit } = await git.readCommit({ ...iso, oid });
  t.like(commit, { message: "create namespace team\n", parent: [head] });
  t.like(commit.author, { ...AUTHOR, timestamp: 1_700_000_000 });
  const { blob } = await git.readBlob({ ...iso, oid, filepath: "team/features.yaml" });
  t.is(Buffer.from(blob).toString(), text);
});

test("the repository reads what isomorphic-git writes, and makes the very same trees", async (t) => {
  const { head, iso, local } = await start(t);
  const blob = await git.writeBlob({ ...iso, blob: Buffer.from("x: 1\n") });
  const names = ["a", "a.b", "a-b", "a0"];
  const entries = names.map((path) => ({ mode: "100644", path, oid: blob, type: "blob" as const }));
  const tree = await git.writeTree({ ...iso, tree: entries });
  const user = { ...AUTHOR, timestamp: 1, timezoneOffset: 0 };
  const commit = { tree, parent: [head], author: user, committer: user, message: "by another hand\n" };
  const oid = await git.writeCommit({ ...iso, commit });
  t.like(await local.readCommit(oid), { tree, parents: [head], message: "by another hand\n", instance: undefined });
  t.deepEqual([...(await local.listFiles(oid, "", () => true)).keys()].sort(), [...names].sort());
  const own = await local.makeCommit({
    parents: [],
    baseTree: undefined,
    changes: new Map(names.map((name) => [name, Buffer.from("x: 1\n")])),
    author: AUTHOR,
    message: "",
    timestampMs: 0,
    instance: "one",
  });
  t.true(own.objects.some((object) => object.oid === tree));
});

test("a past commit read by isomorphic-git is the one that the own codec reads", async (t) => {
  const { backend, head, local } = await start(t);
  const own = await local.makeCommit({
    parents: [head],
    baseTree: undefined,
    changes: new Map([["x", Buffer.from("1")]]),
    author: AUTHOR,
    message: "subject\n\nbody",
    timestampMs: 1_700_000_000_000,
    instance: "one 7",
    sign: async () => "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----",
  });
  const raw = (headers: string): GitObject =>
    gitObject("commit", Buffer.from(`tree ${"4".repeat(40)}\n${headers}\nGr\xfc\xdfe\n`, "latin1"));
  const latin = raw(
    "author J\xfcrgen <j@example.com> 7 +0100\ncommitter C <c@example.com> 8 -0230\nencoding ISO-8859-1\n",
  );
  const damaged = raw("author nobody\ncommitter C <c@example.com> 8 +0000\n");
  const tag = gitObject("tag", Buffer.from(`object ${head}\ntype commit\ntag v1\n\nx\n`));
  await backend.objects.write([...own.objects, latin, damaged, tag]);
  for (const oid of [head, own.oid, latin.oid, damaged.oid]) {
    // Two repositories: each remembers what it has read.
    const expected = await openRepository(backend).readCommit(oid);
    // isomorphic-git ends every message in one line break; native git does so where it makes commits.
    const message = `${expected?.message.trimEnd()}\n`;
    t.deepEqual(await openRepository(backend).readPastCommit(oid), { ...(expected as CommitInfo), message });
  }
  t.like(await openRepository(backend).readPastCommit(own.oid), { instance: "one 7", parents: [head] });
  t.like(await openRepository(backend).readPastCommit(latin.oid), { message: "Grüße\n", author: { name: "Jürgen" } });
  for (const oid of ["1".repeat(40), tag.oid, own.objects[0]?.oid as string]) {
    t.is(await openRepository(backend).readPastCommit(oid), undefined);
  }
  const failing = {
    ...backend,
    objects: { ...backend.objects, read: () => Promise.reject(new Error("disk on fire")) },
  };
  await t.throwsAsync(openRepository(failing).readPastCommit(head), { message: "disk on fire" });
});

test("nothing but objects is written this way", async (t) => {
  const { backend, iso, head } = await start(t);
  await t.throwsAsync(git.writeRef({ ...iso, ref: "refs/heads/other", value: head }));
  await t.throwsAsync(iso.fs.promises.writeFile(`${OBJECT_FS_GITDIR}/objects/${"1".repeat(2)}/${"1".repeat(38)}`, "x"));
  t.deepEqual([...backend.heads.keys()], [MAIN]);
});
