import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Backend, type GitObject, hashObject, type WorkTreeApplied } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { openLocal } from "../helpers/plugins/local-backend.js";
import { FEATURES, type User, user } from "../helpers/repositories/user.js";

/** Content of a file, a link's target, or a directory. Names go into the tree as they are. */
type Node = string | { readonly link: string } | { readonly [name: string]: Node };

/** Names whose bytes are no UTF-8, by how they are written here. */
const latin1: ReadonlyMap<string, Buffer> = new Map([["café.txt", Buffer.from("café.txt", "latin1")]]);

class Forge {
  readonly #objects: GitObject[] = [];

  constructor(
    private readonly backend: Backend,
    private readonly human: User,
  ) {}

  /** A commit on top of HEAD whose tree is this, whatever git thinks of it. */
  async commit(root: Node): Promise<string> {
    const head = await this.human.head();
    const tree = this.#make(root);
    const by = "a <a@example.com> 1700000000 +0000";
    const text = `tree ${tree.oid}\nparent ${head}\nauthor ${by}\ncommitter ${by}\n\nhostile\n`;
    const commit = this.#object("commit", Buffer.from(text));
    await this.backend.objects.write(this.#objects.splice(0));
    return commit.oid;
  }

  #object(type: GitObject["type"], bytes: Uint8Array): GitObject {
    const object = { oid: hashObject(type, bytes), type, bytes };
    this.#objects.push(object);
    return object;
  }

  #make(node: Node): { readonly oid: string; readonly mode: string } {
    if (typeof node === "string") return { oid: this.#object("blob", Buffer.from(node)).oid, mode: "100755" };
    if (typeof node.link === "string") {
      return { oid: this.#object("blob", Buffer.from(node.link)).oid, mode: "120000" };
    }
    const entries = Object.entries(node as { readonly [name: string]: Node }).map(([name, inner]) => {
      const { oid, mode } = this.#make(inner);
      const bytes = latin1.get(name) ?? Buffer.from(name);
      return { key: mode === "40000" ? `${name}/` : name, head: [`${mode} `, bytes, "\0"], oid };
    });
    entries.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    const parts = entries.flatMap(({ head, oid }) => [
      ...head.map((part) => Buffer.from(part)),
      Buffer.from(oid, "hex"),
    ]);
    return { oid: this.#object("tree", Buffer.concat(parts)).oid, mode: "40000" };
  }
}

async function start(t: ExecutionContext) {
  const human = await user(t);
  const backend = await openLocal(t, human.path, { watch: false });
  const forge = new Forge(backend, human);
  const apply = async (commit: string): Promise<WorkTreeApplied | string> => {
    const update = { ref: "refs/heads/main", old: await human.head(), new: commit, reason: "fetch" };
    try {
      return (await backend.workTree?.apply(update, AbortSignal.timeout(60_000))) ?? "no work tree";
    } catch (error) {
      return VexilError.is(error) ? `${error.code} ${error.message}` : String(error);
    }
  };
  return { human, forge, apply };
}

const GOOD = { default: { "features.yaml": FEATURES } };

test("a commit whose paths lead out of the work tree, or into git's own directory, is not checked out", async (t) => {
  const { human, forge, apply } = await start(t);
  const outside = join(dirname(human.path), "outside");
  const hostile: readonly Node[] = [
    { ...GOOD, "..": { outside: { "run.sh": "evil" } } },
    { ...GOOD, "../outside/run.sh": "evil" },
    { ...GOOD, sub: { "../../outside/run.sh": "evil" } },
    { ...GOOD, [join(outside, "run.sh")]: "evil" },
    { ...GOOD, link: { link: outside }, "link/run.sh": "evil" },
    { ...GOOD, ".": { "run.sh": "evil" } },
    { ...GOOD, "": { "run.sh": "evil" } },
    { ...GOOD, ".git": { hooks: { "post-checkout": "evil" } } },
    { ...GOOD, ".GIT": { hooks: { "post-checkout": "evil" } } },
    { ...GOOD, "git~1": { hooks: { "post-checkout": "evil" } } },
    { ...GOOD, ".git . ": { hooks: { "post-checkout": "evil" } } },
    { ...GOOD, ".g\u200cit": { hooks: { "post-checkout": "evil" } } },
    { ...GOOD, sub: { ".git": { config: "evil" } } },
    { ...GOOD, ".git": "gitdir: /tmp/evil\n" },
  ];
  const hooks = await readdir(join(human.path, ".git/hooks")).catch(() => []);
  for (const root of hostile) {
    const result = String(await apply(await forge.commit(root)));
    t.regex(result, /^VEXIL_UNAVAILABLE_BLOCKED .*must not be checked out.*git refuses it too/, JSON.stringify(root));
    t.deepEqual((await readdir(human.path)).sort(), [".git", "default"]);
  }
  t.deepEqual((await readdir(dirname(human.path))).sort(), ["work"]);
  t.deepEqual(await readdir(join(human.path, ".git/hooks")).catch(() => []), hooks);
  t.is(await human.git("status", "--porcelain"), "");

  // What comes after it is checked out as ever.
  const clean = await forge.commit({ ...GOOD, "..data": { ".gitkeep": "" }, ".github": { "a.yaml": "x" } });
  t.deepEqual(await apply(clean), { type: "applied" });
  t.is(await readFile(join(human.path, ".github/a.yaml"), "utf8"), "x");
});

test("a file outside that a commit names is neither replaced nor removed", async (t) => {
  const { human, forge, apply } = await start(t);
  const outside = join(dirname(human.path), "outside");
  await mkdir(outside);
  await writeFile(join(outside, "features.yaml"), FEATURES);
  // As one stands there whose branch was moved by other means: HEAD names the file, the next commit does not.
  await human.git(
    "update-ref",
    "refs/heads/main",
    await forge.commit({ ...GOOD, "../outside/features.yaml": FEATURES }),
  );
  t.regex(
    String(await apply(await forge.commit(GOOD))),
    /^VEXIL_UNAVAILABLE_BLOCKED .*which is checked out, .*clone the repository anew/,
  );
  t.true(existsSync(join(outside, "features.yaml")));
});

test("a file whose name is no UTF-8 is not checked out under another name", async (t) => {
  const { human, forge, apply } = await start(t);
  const commit = await forge.commit({ ...GOOD, "café.txt": "x" });
  t.regex(String(await apply(commit)), /^VEXIL_UNAVAILABLE_BLOCKED .*not UTF-8.*git pull/);
  t.is(await human.git("status", "--porcelain"), "");

  // A user's git knows how, and what comes after it is followed again.
  await human.git("reset", "--quiet", "--hard", commit);
  const next = await forge.commit({ default: { "features.yaml": `${FEATURES}# next\n` }, "café.txt": "x" });
  t.deepEqual(await apply(next), { type: "applied" });
  t.is(await human.git("status", "--porcelain"), "");
});

test("a name that is too long for the file system is told, and what comes after it is followed", async (t) => {
  const { human, forge, apply } = await start(t);
  const name = "long".repeat(100);
  for (const root of [
    { ...GOOD, [name]: "x" },
    { ...GOOD, [name]: { "features.yaml": FEATURES } },
  ]) {
    t.regex(String(await apply(await forge.commit(root))), /^VEXIL_UNAVAILABLE_BLOCKED .*"(long){16}…"; shorten it/);
    t.is(await human.git("status", "--porcelain"), "");
  }
  t.deepEqual(await apply(await forge.commit({ ...GOOD, "short.txt": "x" })), { type: "applied" });
});
