import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { nativeGit } from "./native-git.js";

export type Files = Readonly<Record<string, string | undefined>>;

/** A user with a normal clone, working in it by native git. */
export interface User {
  readonly path: string;
  git(...args: string[]): Promise<string>;
  /** Writes files of the work tree; undefined deletes. */
  edit(files: Files): Promise<void>;
  /** Edits, adds and commits; resolves to the commit. */
  commit(files: Files, message?: string): Promise<string>;
  head(): Promise<string>;
  read(path: string): Promise<string>;
  status(): Promise<string>;
  /** Makes a commit on top of another one as somebody else would: no ref, index or file moves. */
  commitAside(files: Files, parent?: string): Promise<string>;
}

export const FEATURES = "version: '1.4'\nflags:\n  - key: one\n    name: One\n    enabled: true\n";

export async function user(scope: Scope, files: Files = { "default/features.yaml": FEATURES }): Promise<User> {
  const path = join(await temporaryDirectory(scope), "work");
  await mkdir(path);
  const made = userAt(path);
  await made.git("init", "-q", "-b", "main");
  await made.commit(files, "first");
  return made;
}

export function userAt(path: string): User {
  const git = (...args: string[]): Promise<string> => nativeGit(["-C", path, ...args]);
  const self: User = {
    path,
    git,
    edit: async (files) => {
      for (const [name, content] of Object.entries(files)) {
        if (content === undefined) await rm(join(path, name), { force: true });
        else {
          await mkdir(dirname(join(path, name)), { recursive: true });
          await writeFile(join(path, name), content);
        }
      }
    },
    commit: async (files, message = "change") => {
      await self.edit(files);
      await git("add", "-A", ...Object.keys(files));
      await git("commit", "-q", "--allow-empty", "-m", message);
      return self.head();
    },
    head: () => git("rev-parse", "HEAD"),
    read: (name) => readFile(join(path, name), "utf8"),
    status: () => git("status", "--porcelain=v2", "--untracked-files=all"),
    commitAside: async (files, parent) => {
      const base = parent ?? (await self.head());
      const env = { GIT_INDEX_FILE: join(path, ".git", `aside-${process.hrtime.bigint()}`) };
      const aside = (args: readonly string[], input?: string): Promise<string> =>
        nativeGit(["-C", path, ...args], { env, ...(input === undefined ? {} : { input }) });
      await aside(["read-tree", base]);
      for (const [name, content] of Object.entries(files)) {
        if (content === undefined) await aside(["update-index", "--force-remove", name]);
        else {
          const oid = await aside(["hash-object", "-w", "--stdin"], content);
          await aside(["update-index", "--add", "--cacheinfo", `100644,${oid},${name}`]);
        }
      }
      const tree = await aside(["write-tree"]);
      await rm(env.GIT_INDEX_FILE, { force: true });
      return aside(["commit-tree", tree, "-p", base, "-m", "aside"]);
    },
  };
  return self;
}
