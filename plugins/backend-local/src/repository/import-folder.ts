import { readdirSync, readFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { directoryEntry, nameOf, serialiseTree, type TreeEntry } from "@vexil/git/objects";
import { type BackendContext, type GitObject, hashObject, type Oid, TimeSlice } from "@vexil/plugin-api";
import { syncDirectory, writeNewFile } from "../disk/atomic-file.js";
import { unsupported } from "../disk/disk-error.js";
import type { Permissions } from "../disk/permissions.js";
import { DiskObjects } from "../objects/disk-objects.js";
import { DirectoryWalk } from "../work-tree/directory-walk.js";
import { EXECUTABLE, FILE } from "../work-tree/file-mode.js";
import { IndexFile } from "../work-tree/index-file.js";
import { type NewEntry, patchIndex } from "../work-tree/index-patch.js";
import { lstatOf } from "../work-tree/work-file.js";
import { initRepository } from "./init-repository.js";

/** Features files, the settings beside them, and what git itself reads. */
const IMPORTED = /(?:\/features\.(?:yaml|yml|json)|(?:^|\/)flipt\.ya?ml|(?:^|\/)\.git(?:ignore|attributes))$/;
const FEATURES = /\/features\.(?:yaml|yml|json)$/;
/** Folders above this are hardly flags: a wrong path rather. */
const MAX_DIRECTORIES = 100_000;

/** Tells whether a folder without git holds features files. Ends with the first one found. */
export function holdsFeatures(root: string): boolean {
  const waiting = [""];
  let seen = 0;
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    seen += 1;
    if (seen > MAX_DIRECTORIES) throw unsupported(`${root} has too many directories to be a folder of features files`);
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
      const path = `${directory}${entry.name}`;
      if (entry.isFile() && FEATURES.test(path)) return true;
      if (entry.isDirectory() && entry.name !== ".git") waiting.push(`${path}/`);
    }
  }
  return false;
}

/**
 * Makes a folder of features files a normal repository whose first commit has them. The files stay where they are;
 * others in the folder are left untracked. The caller holds the directory's lock.
 */
export async function importFolder(root: string, permissions: Permissions, context: BackendContext): Promise<number> {
  const { branch, signature } = context.storage;
  const gitDirectory = join(root, ".git");
  const objects = new DiskObjects(gitDirectory, permissions);
  const slice = new TimeSlice();
  const walk = new DirectoryWalk(`${root}/`, join(gitDirectory, "info", "exclude"));
  const entries = new Map<string, NewEntry>();
  const blobs: GitObject[] = [];
  for (const { files } of await walk.walk(slice, context.signal)) {
    for (const path of files) {
      if (!IMPORTED.test(path) || walk.ignores(path)) continue;
      const stat = lstatOf(join(root, path));
      const bytes = readFileSync(join(root, path));
      const oid = hashObject("blob", bytes);
      blobs.push({ oid, type: "blob", bytes });
      const executable = stat !== undefined && (stat.mode & 0o100n) !== 0n;
      entries.set(path, { mode: executable ? EXECUTABLE : FILE, oid, stat });
      await slice.pause(context.signal);
    }
  }
  const trees: GitObject[] = [];
  const tree = makeTree(entries, trees);
  const who = `${signature.name} <${signature.email}> ${Math.floor(Date.now() / 1000)} +0000`;
  const text = `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nimport existing feature files\n`;
  const commit: GitObject = { oid: hashObject("commit", Buffer.from(text)), type: "commit", bytes: Buffer.from(text) };
  permissions.makeDirectory(objects.directory);
  await objects.write([...blobs, ...trees, commit], context.signal);
  objects.close();
  const write = async (path: string, bytes: Buffer): Promise<void> => {
    permissions.makeDirectory(dirname(path));
    const temporary = join(gitDirectory, "vexil", `import-${basename(path)}-${process.pid}`);
    await writeNewFile(temporary, [bytes], { permissions });
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  };
  await write(join(gitDirectory, "refs", "heads", branch), Buffer.from(`${commit.oid}\n`));
  await write(join(gitDirectory, "index"), patchIndex(IndexFile.empty(), entries));
  await initRepository(gitDirectory, { bare: false, branch, permissions });
  return entries.size;
}

/** Adds the trees of these files, those below first, and gives the root's id. */
function makeTree(files: ReadonlyMap<string, NewEntry>, trees: GitObject[]): Oid {
  const entries: TreeEntry[] = [];
  const below = new Map<string, Map<string, NewEntry>>();
  for (const [path, file] of files) {
    const slash = path.indexOf("/");
    if (slash === -1) {
      entries.push({ name: nameOf(path), mode: file.mode.toString(8), oid: file.oid });
      continue;
    }
    const name = path.slice(0, slash);
    below.set(name, (below.get(name) ?? new Map()).set(path.slice(slash + 1), file));
  }
  for (const [name, inner] of below) entries.push(directoryEntry(nameOf(name), makeTree(inner, trees)));
  const bytes = serialiseTree(entries);
  const tree: GitObject = { oid: hashObject("tree", bytes), type: "tree", bytes };
  trees.push(tree);
  return tree.oid;
}
