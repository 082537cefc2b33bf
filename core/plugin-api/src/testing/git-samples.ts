import { randomBytes } from "node:crypto";
import type { GitObject, GitObjectType, Oid } from "../git-object.js";
import { hashObject } from "../git-object.js";

/** Makes an object of its content; the id follows from it. */
export function gitObject(type: GitObjectType, content: string | Uint8Array): GitObject {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { oid: hashObject(type, bytes), type, bytes };
}

/** A blob nobody has made before. */
export function uniqueBlob(size = 64): GitObject {
  return gitObject("blob", new Uint8Array(randomBytes(size)));
}

export interface TreeEntry {
  readonly mode?: "100644" | "100755" | "40000" | "120000" | "160000";
  readonly name: string;
  readonly oid: Oid;
}

/** A tree; entries are put in git's order (a directory sorts as if its name ended in a slash). */
export function treeOf(...entries: readonly TreeEntry[]): GitObject {
  const keyOf = (entry: TreeEntry): Buffer => Buffer.from(entry.name + (entry.mode === "40000" ? "/" : ""));
  const sorted = [...entries].sort((a, b) => keyOf(a).compare(keyOf(b)));
  const parts = sorted.flatMap(({ mode = "100644", name, oid }) => [
    Buffer.from(`${mode} ${name}\0`),
    Buffer.from(oid, "hex"),
  ]);
  return gitObject("tree", new Uint8Array(Buffer.concat(parts)));
}

const WHO = "Ada Example <ada@example.com> 1700000000 +0100";

export function commitOf(
  tree: Oid,
  options: { readonly parents?: readonly Oid[]; readonly headers?: string; readonly message?: string } = {},
): GitObject {
  const { parents = [], headers = "", message = "a change\n" } = options;
  const lines = parents.map((parent) => `parent ${parent}\n`).join("");
  return gitObject("commit", `tree ${tree}\n${lines}author ${WHO}\ncommitter ${WHO}\n${headers}\n${message}`);
}

export function tagOf(target: GitObject, name: string): GitObject {
  return gitObject("tag", `object ${target.oid}\ntype ${target.type}\ntag ${name}\ntagger ${WHO}\n\na release\n`);
}

/** A commit of its own with all it needs: one file in a directory. The commit is the last object. */
export function history(
  length: number,
  content: () => GitObject = uniqueBlob,
): { readonly objects: readonly GitObject[]; readonly commits: readonly GitObject[] } {
  const objects: GitObject[] = [];
  const commits: GitObject[] = [];
  for (let index = 0; index < length; index += 1) {
    const blob = content();
    const inner = treeOf({ name: "features.yaml", oid: blob.oid });
    const root = treeOf({ name: "default", mode: "40000", oid: inner.oid }, { name: "README", oid: blob.oid });
    const parents = commits.slice(-1).map((parent) => parent.oid);
    const commit = commitOf(root.oid, { parents, message: `change ${index}\n` });
    objects.push(blob, inner, root, commit);
    commits.push(commit);
  }
  return { objects, commits };
}
