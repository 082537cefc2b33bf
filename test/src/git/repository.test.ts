import { parseCommit } from "@vexil/git/objects/commit-codec";
import { gitObject } from "@vexil/git/objects/object-id";
import { writePack } from "@vexil/git/objects/pack-writer";
import { parseTree, serialiseTree, type TreeEntry } from "@vexil/git/objects/tree-codec";
import { openRepository } from "@vexil/git/repository";
import type { NewCommit } from "@vexil/git/repository-view";
import { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { fetchAll, openTestRemote } from "../helpers/git-servers/remote-client.js";
import { mapBackend } from "../helpers/plugins/map-backend.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const AUTHOR = { name: "Vexil", email: "vexil@example.com" };

/** A repository of native git and everything of it in a backend. */
async function start(t: ExecutionContext, files: Readonly<Record<string, string>> = {}) {
  const repository = await temporaryRepository(t, { files });
  const backend = mapBackend();
  const load = async (): Promise<string> => {
    const head = (await repository.head()) as string;
    const request = { wants: [head], haves: [], shallow: [], readBase: async () => new Map() };
    await backend.objects.write((await fetchAll(openTestRemote(t, repository.path), request)).objects);
    backend.heads.set("refs/heads/main", head);
    return head;
  };
  return { repository, backend, local: openRepository(backend), load };
}

const newCommit = (fields: Partial<NewCommit>): NewCommit => ({
  parents: [],
  baseTree: undefined,
  changes: new Map(),
  author: AUTHOR,
  message: "change",
  timestampMs: 1_700_000_000_000,
  instance: "one",
  ...fields,
});

async function store(repository: TemporaryRepository, objects: Parameters<typeof writePack>[0], oid: string) {
  await nativeGit(["-C", repository.path, "index-pack", "--strict", "--stdin"], { input: await writePack(objects) });
  await repository.git("update-ref", "refs/heads/main", oid);
  await repository.git("fsck", "--strict");
}

test("regular files are listed with path, id and mode; links and submodules are not", async (t) => {
  const { repository, load, local } = await start(t, {
    "a/features.yaml": "a",
    "a/b/features.yaml": "b",
    "ä ö/x": "u",
  });
  const blob = await repository.git("rev-parse", "main:a/features.yaml");
  const commit = await repository.git("rev-parse", "main");
  const tree = await nativeGit(["-C", repository.path, "mktree"], {
    input: [
      `100755 blob ${blob}\trun.sh`,
      `120000 blob ${blob}\tlink`,
      `160000 commit ${commit}\tmodule`,
      `040000 tree ${await repository.git("rev-parse", "main:a")}\ta`,
      `040000 tree ${await repository.git("rev-parse", "main:ä ö")}\tä ö`,
    ].join("\n"),
  });
  await repository.git("update-ref", "refs/heads/main", await repository.git("commit-tree", "-m", "x", tree));
  const head = await load();
  const all = await local.listFiles(head, "", () => true);
  t.deepEqual([...all.keys()].sort(), ["a/b/features.yaml", "a/features.yaml", "run.sh", "ä ö/x"]);
  t.deepEqual(all.get("run.sh"), { path: "run.sh", oid: blob, mode: "100755" });
  t.deepEqual([...(await local.listFiles(head, "/a/", () => true)).keys()].sort(), [
    "a/b/features.yaml",
    "a/features.yaml",
  ]);
  t.deepEqual(
    [...(await local.listFiles(head, "a", (path) => path === "a/features.yaml")).keys()],
    ["a/features.yaml"],
  );
  t.deepEqual([...(await local.listFiles(head, "none/here", () => true)).keys()], []);
  t.is(Buffer.from((await local.readBlobs([blob])).get(blob) as Uint8Array).toString(), "a");
  t.is(await local.head("refs/heads/main"), head);
});

test("old modes are read as what git makes of them, and hostile names are left out", async (t) => {
  const blob = gitObject("blob", Buffer.from("x"));
  const entry = (mode: string, name: string) => ({ mode, name, oid: blob.oid });
  const names = [".", "..", ".git", ".GIT", "a/b", ""];
  const entries = [
    entry("100664", "group"),
    entry("100600", "owner"),
    entry("100775", "run"),
    ...names.map((n) => entry("100644", n)),
  ];
  const tree = gitObject("tree", serialiseTree(entries));
  const sub = gitObject("tree", Buffer.concat([Buffer.from("040000 old\0"), Buffer.from(tree.oid, "hex")]));
  const backend = mapBackend();
  const local = openRepository(backend);
  await backend.objects.write([blob, tree, sub]);
  const { oid, objects } = await local.makeCommit(
    newCommit({ baseTree: sub.oid, changes: new Map([["new", Buffer.from("x")]]) }),
  );
  await backend.objects.write(objects);
  const files = await local.listFiles(oid, "", () => true);
  t.deepEqual([...files.values()].map(({ path, mode }) => `${mode} ${path}`).sort(), [
    "100644 new",
    "100644 old/group",
    "100644 old/owner",
    "100755 old/run",
  ]);
});

test("a tree that names itself over and over is refused, not walked for ever", async (t) => {
  const backend = mapBackend();
  let tree = gitObject("tree", serialiseTree([{ mode: "100644", name: "f", oid: gitObject("blob", Buffer.of()).oid }]));
  await backend.objects.write([tree]);
  for (let level = 0; level < 12; level += 1) {
    const names = Array.from({ length: 10 }, (_, index) => ({ mode: "40000", name: `d${index}`, oid: tree.oid }));
    tree = gitObject("tree", serialiseTree(names));
    await backend.objects.write([tree]);
  }
  const local = openRepository(backend);
  const { oid, objects } = await local.makeCommit(newCommit({ baseTree: tree.oid }));
  await backend.objects.write(objects);
  const error: unknown = await t.throwsAsync(
    local.listFiles(oid, "", () => true),
    { any: true },
  );
  t.true(VexilError.is(error) && error.code === "VEXIL_VALIDATION_LIMIT");
});

test("a commit changes what it is told, keeps the rest byte for byte, and native git finds it sound", async (t) => {
  const { repository, backend, local, load } = await start(t, {
    "a/features.yaml": "a",
    "a-b": "between a and a/",
    "a.b": "too",
    "deep/er/est/x": "x",
    "ü/x": "u",
  });
  const parent = await load();
  const base = (await local.readCommit(parent))?.tree;
  const changes = new Map<string, Uint8Array | undefined>([
    ["a/features.yaml", Buffer.from("a2")],
    ["a/new/y", Buffer.from("y")],
    ["deep/er/est/x", undefined],
    ["not/there", undefined],
    ["ü/ö", Buffer.from("o")],
    ["a0", Buffer.from("0")],
  ]);
  const message = "first line\n\nbody ü";
  const { oid, objects } = await local.makeCommit(newCommit({ parents: [parent], baseTree: base, changes, message }));
  t.is(objects.at(-1)?.oid, oid);
  await store(repository, objects, oid);
  const listed = await repository.git("-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", "main");
  t.deepEqual(listed.split("\n").sort(), ["a-b", "a.b", "a/features.yaml", "a/new/y", "a0", "ü/x", "ü/ö"].sort());
  t.is(
    await repository.git("log", "-1", "--format=%an <%ae> %ct%n%B"),
    `Vexil <vexil@example.com> 1700000000\n${message}\n`,
  );
  t.regex(await repository.git("cat-file", "commit", "main"), /^vexil-instance one$/m);
  await backend.objects.write(objects);
  t.like(await local.readCommit(oid), { parents: [parent], message: `${message}\n`, instance: "one" });
  const gone = new Map(
    (await repository.git("ls-tree", "-r", "--name-only", "-z", "main")).split("\0").map((path) => [path, undefined]),
  );
  gone.delete("");
  const empty = await local.makeCommit(
    newCommit({ parents: [oid], baseTree: (await local.readCommit(oid))?.tree, changes: gone }),
  );
  await store(repository, empty.objects, empty.oid);
  t.is(await repository.git("ls-tree", "-r", "main"), "");
});

test("what stands in the place of a file is told", async (t) => {
  const { load, local } = await start(t, { policies: "who may what", "a/b/features.yaml": "b", "ü/x": "u" });
  const head = (await local.readCommit(await load())) as { readonly tree: string };
  for (const [path, obstacle] of [
    ["policies/features.yaml", "policies"],
    ["policies/x/features.yaml", "policies"],
    ["a/b/features.yaml/features.yaml", "a/b/features.yaml"],
    ["a/b", "a/b"],
    ["ü/x/y", "ü/x"],
    ["a/b/features.yaml", undefined],
    ["a/c/features.yaml", undefined],
    ["new", undefined],
  ] as const) {
    t.is(await local.obstacle(head.tree, path), obstacle, path);
  }
});

test("a commit of two instances differs, one of the same does not", async (t) => {
  const { local } = await start(t);
  const make = async (instance: string) => (await local.makeCommit(newCommit({ instance }))).oid;
  t.is(await make("one"), await make("one"));
  t.not(await make("one"), await make("two"));
});

test("names that would break a commit get blanks in place of what git would drop", async (t) => {
  const { repository, local } = await start(t);
  const author = { name: "Ada <x>\nLove\u0000lace. ", email: "" };
  const { oid, objects } = await local.makeCommit(newCommit({ author, message: "nul \0 byte\r\nline\n\n\n" }));
  await store(repository, objects, oid);
  t.is(await repository.git("log", "-1", "--format=%an|%ae|%B"), "Ada x Love lace|unknown|nul  byte\nline\n");
});

test("commits of native git are read: merges, encodings, signatures, missing parts", async (t) => {
  const oid = "1".repeat(40);
  const text = (lines: readonly string[]): Buffer => Buffer.from(lines.join("\n"), "latin1");
  const head = [`tree ${oid}`, `parent ${oid}`, `parent ${"2".repeat(40)}`];
  const identities = ["author J\xf6 <j@x> 1 -0130", "committer C <c@x> 2 +0000", "encoding ISO-8859-1"];
  const signature = ["gpgsig -----BEGIN", " parent 3", " -----END"];
  const commit = parseCommit(oid, text([...head, ...identities, ...signature, "", "gr\xfc\xdfe", ""]));
  t.deepEqual(commit.parents, [oid, "2".repeat(40)]);
  t.deepEqual(commit.author, { name: "Jö", email: "j@x", timestampMs: 1000 });
  t.deepEqual([commit.message, commit.instance], ["grüße\n", undefined]);
  t.is(parseCommit(oid, text([`tree ${oid}`])).message, "");
  t.throws(() => parseCommit(oid, Buffer.from("nothing")), { message: /damaged/ });
});

test("trees are read as they were written: any names", (t) => {
  const name = fc.uint8Array({ minLength: 1, maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
  const plain = name.filter((text) => !/[\0/]/.test(text));
  const oid = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString("hex"));
  const entry = fc.record({ mode: fc.constantFrom("100644", "100755", "40000", "120000"), name: plain, oid });
  fc.assert(
    fc.property(fc.uniqueArray(entry, { selector: (item) => item.name, maxLength: 30 }), (entries) => {
      const bytes = serialiseTree(entries);
      const read = parseTree("x", bytes);
      const lines = (items: readonly TreeEntry[]) =>
        items.map((item) => `${item.mode} ${item.name} ${item.oid}`).sort();
      t.deepEqual(lines(read), lines(entries));
      t.deepEqual(serialiseTree([...read].reverse()), bytes);
    }),
    { numRuns: 100 },
  );
  t.throws(() => parseTree("x", Buffer.from("100644 a\0short")), { message: /damaged/ });
});

test("ancestry is told as far as stored history goes", async (t) => {
  const { repository, backend, local, load } = await start(t, { x: "0" });
  const root = (await repository.head()) as string;
  const one = await repository.commit({ x: "1" });
  const side = await repository.commit({ y: "1" }, { branch: "side", parent: root });
  const tree = await repository.git("rev-parse", "main^{tree}");
  const merge = await repository.git("commit-tree", "-m", "merge", "-p", one, "-p", side, tree);
  await repository.git("update-ref", "refs/heads/main", merge);
  await load();
  const other = await repository.commit({ z: "1" }, { root: true, branch: "other" });
  t.is(await local.isAncestor(root, merge), true);
  t.is(await local.isAncestor(side, merge), true);
  t.is(await local.isAncestor(merge, merge), true);
  t.is(await local.isAncestor(merge, root), false);
  t.is(await local.isAncestor(other, merge), false);
  backend.stored.delete(root);
  t.is(await openRepository(backend).isAncestor(side, merge), true);
  t.is(await openRepository(backend).isAncestor(other, merge), undefined);
});

test("what is missing from the storage is said", async (t) => {
  const { backend, local, load } = await start(t, { "a/x": "1" });
  const head = await load();
  t.is(await local.readCommit("1".repeat(40)), undefined);
  await t.throwsAsync(local.readBlobs(["1".repeat(40)]), { message: /blob 1{40} is missing/ });
  await t.throwsAsync(
    local.listFiles("1".repeat(40), "", () => true),
    { message: /commit 1{40} is missing/ },
  );
  for (const [oid, object] of backend.stored) if (object.type === "tree") backend.stored.delete(oid);
  await t.throwsAsync(
    local.listFiles(head, "", () => true),
    { message: /tree .* is missing/ },
  );
});

test("files that differ between two commits are told as listing both tells them", async (t) => {
  const { backend, local } = await start(t);
  const path = fc.constantFrom("a/f", "a/b/f", "a/b/g", "b/f", "b", "f", "ä/f");
  const change = fc.tuple(path, fc.option(fc.constantFrom("1", "2"), { nil: undefined, freq: 2 }));
  const tables = fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 4 });
  const directory = fc.constantFrom("", "a", "a/b");
  await fc.assert(
    fc.asyncProperty(tables, directory, async (commits, below) => {
      const heads: string[] = [];
      for (const changes of commits) {
        const last = heads.at(-1);
        const made = await local.makeCommit(
          newCommit({
            parents: last === undefined ? [] : [last],
            baseTree: last === undefined ? undefined : (await local.readCommit(last))?.tree,
            changes: new Map(changes.map(([name, text]) => [name, text === undefined ? text : Buffer.from(text)])),
          }),
        );
        await backend.objects.write(made.objects);
        heads.push(made.oid);
      }
      const wanted = (name: string): boolean => !name.endsWith("g");
      const [before, after] = [heads[0] as string, heads.at(-1) as string];
      const files = new Map(await local.listFiles(before, below, wanted).then(oids));
      for (const [name, oid] of (await local.changedFiles(before, after, below, wanted)) ?? []) {
        if (oid === undefined) files.delete(name);
        else files.set(name, oid);
      }
      t.deepEqual([...files].sort(), [...oids(await local.listFiles(after, below, wanted))].sort());
    }),
    { numRuns: 200 },
  );
});

const oids = (files: ReadonlyMap<string, { readonly oid: string }>): ReadonlyMap<string, string> =>
  new Map([...files].map(([path, { oid }]) => [path, oid]));
