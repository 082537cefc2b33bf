import { mkdir, open, readlink, rename, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import type { GitObject } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { commitObject, gitObject, openLocal, treeObject } from "../helpers/plugins/local-backend.js";

const MAIN = "refs/heads/main";

/** Runs `work`, and tells what below `root` was synced meanwhile; unfinished objects all have the name `object`. */
async function synced(root: string, work: () => Promise<unknown>): Promise<readonly string[]> {
  const probe = await open(root, "r");
  const prototype = Object.getPrototypeOf(probe) as { sync: () => Promise<void> };
  await probe.close();
  const { sync } = prototype;
  const paths: string[] = [];
  prototype.sync = async function (this: { readonly fd: number }): Promise<void> {
    const path = relative(root, await readlink(`/proc/self/fd/${this.fd}`));
    await sync.call(this);
    if (!path.startsWith("..")) paths.push(path.replace(/tmp_obj_.*/, "object"));
  };
  try {
    await work();
  } finally {
    prototype.sync = sync;
  }
  return paths.sort();
}

/** A blob whose id begins as that of another one. */
function neighbour({ oid }: GitObject, salt: string): GitObject {
  for (let count = 0; ; count += 1) {
    const blob = gitObject("blob", `${salt} ${count}\n`);
    if (blob.oid.startsWith(oid.slice(0, 2)) && blob.oid !== oid) return blob;
  }
}

async function writtenBlob(t: ExecutionContext) {
  const path = await temporaryDirectory(t);
  const backend = await openLocal(t, path, { watch: false });
  return { path, backend, first: gitObject("blob", "first\n") };
}

test.serial("the names of an object's directories are synced as often as they may be new, and no more", async (t) => {
  const { path, backend, first } = await writtenBlob(t);
  const place = `objects/${first.oid.slice(0, 2)}`;
  const write = (object: GitObject) => synced(path, () => backend.objects.write([object]));
  t.deepEqual(await write(first), ["objects", place, `${place}/object`]);
  t.deepEqual(await write(neighbour(first, "second")), [place, `${place}/object`]);
  // As `git gc` and somebody's git do, who sync nothing.
  await mkdir(join(path, "objects", "new"));
  await rename(join(path, place), join(path, "objects", "old"));
  await rename(join(path, "objects", "new"), join(path, place));
  await rm(join(path, "objects", "old"), { recursive: true });
  t.deepEqual(await write(neighbour(first, "third")), ["objects", place, `${place}/object`]);
});

test.serial("where a ref lies is synced, and what was made for it", async (t) => {
  const { path, backend, first } = await writtenBlob(t);
  const tree = treeObject({ file: first.oid });
  const [one, two] = [commitObject(tree.oid, [], "one"), commitObject(tree.oid, [], "two")];
  await backend.objects.write([first, tree, one, two]);
  const move = (ref: string, old: string | undefined, next: string) =>
    synced(path, async () => t.true(await backend.refs.compareAndSwap([{ ref, old, new: next, reason: "test" }])));
  await move(MAIN, undefined, one.oid);
  t.deepEqual(await move(MAIN, one.oid, two.oid), ["refs/heads"]);
  t.deepEqual(await move("refs/heads/a/b/c", undefined, one.oid), [
    "",
    "refs",
    "refs/heads",
    "refs/heads/a",
    "refs/heads/a/b",
  ]);
});
