import { readFileSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { nativeGit } from "./native-git.js";

export interface CommitOptions {
  /** Default `main`. */
  readonly branch?: string;
  readonly message?: string;
  /** Author and committer; Ada, unless told. */
  readonly author?: string;
  /** Throw away what the branch holds and start an unrelated history (a force-push). */
  readonly root?: boolean;
  /** Parent other than the branch's head: rewrites history. */
  readonly parent?: string;
}

/** A bare repository made by native git, as a remote for tests. */
export interface TemporaryRepository {
  /** Absolute path; ends in `.git`. */
  readonly path: string;
  /** `file://` URL. */
  readonly url: string;
  /** Runs native git in it. */
  git(...args: string[]): Promise<string>;
  /** Commits changes on top of the branch: path → content, undefined deletes. Resolves to the commit's id. */
  commit(files: Readonly<Record<string, string | Uint8Array | undefined>>, options?: CommitOptions): Promise<string>;
  /** The branch's commit; undefined when there is none. */
  head(branch?: string): Promise<string | undefined>;
  /** Content of a file at a revision (default `main`). */
  read(path: string, revision?: string): Promise<string>;
  /** A normal clone of it, in a directory of its own; resolves to its path. */
  clone(...args: string[]): Promise<string>;
}

const fixture = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/examples/${path}`, import.meta.url)), "utf8");

/** The two files of the example. */
export const EXAMPLE_FILES: Readonly<Record<string, string>> = {
  "default/features.yaml": fixture("default/features.yaml"),
  "ops/features.yaml": fixture("ops/features.yaml"),
};

/** Makes a bare repository that can be served over HTTP, with `files` (default: none) as the first commit of `main`. */
export async function temporaryRepository(
  scope: Scope,
  options: { readonly files?: Readonly<Record<string, string | Uint8Array>>; readonly allowFilter?: boolean } = {},
): Promise<TemporaryRepository> {
  const path = join(await temporaryDirectory(scope), "flags.git");
  await nativeGit(["init", "-q", "--bare", "-b", "main", path]);
  const git = (...args: string[]): Promise<string> => nativeGit(["-C", path, ...args]);
  const filter = options.allowFilter === false ? "" : "[uploadpack]\n\tallowFilter = true\n";
  await appendFile(join(path, "config"), `[http]\n\treceivepack = true\n${filter}`);
  const repository: TemporaryRepository = {
    path,
    url: pathToFileURL(path).href,
    git,
    head: async (branch = "main") => {
      // Most often it is a file of its own; a process of git costs more than all the rest of a commit.
      const loose = await readFile(join(path, "refs", "heads", branch), "utf8").catch(() => "");
      if (/^[0-9a-f]{40}\n$/.test(loose)) return loose.trimEnd();
      const line = await git("for-each-ref", "--format=%(objectname)", `refs/heads/${branch}`);
      return line === "" ? undefined : line;
    },
    read: (file, revision = "main") => nativeGit(["-C", path, "cat-file", "blob", `${revision}:${file}`]),
    clone: async (...args) => {
      const target = join(await temporaryDirectory(scope), "work");
      await nativeGit(["clone", "-q", ...args, path, target]);
      return target;
    },
    commit: async (files, commit = {}) => {
      const ref = `refs/heads/${commit.branch ?? "main"}`;
      const from = commit.root === true ? undefined : (commit.parent ?? (await repository.head(commit.branch)));
      return nativeGit(["-C", path, "fast-import", "--quiet", "--force"], {
        input: importStream(ref, from, files, commit),
      });
    },
  };
  if (options.files !== undefined) await repository.commit(options.files, { message: "first" });
  return repository;
}

/** The language of `git fast-import` (git-fast-import(1)): one process for one commit of any size, whose id it prints. */
function importStream(
  ref: string,
  from: string | undefined,
  files: Readonly<Record<string, string | Uint8Array | undefined>>,
  { message = "change", author = "Ada <ada@example.com>" }: CommitOptions,
): Buffer {
  const parts: (string | Uint8Array)[] = [];
  const data = (content: string | Uint8Array): void => {
    const bytes = Buffer.from(content);
    parts.push(`data ${bytes.byteLength}\n`, bytes, "\n");
  };
  if (from === undefined) parts.push(`reset ${ref}\n`);
  parts.push(`commit ${ref}\nmark :1\ncommitter ${author} ${Math.floor(Date.now() / 1000)} +0000\n`);
  data(message);
  if (from !== undefined) parts.push(`from ${from}\n`);
  for (const [path, content] of Object.entries(files)) {
    const quoted = JSON.stringify(path);
    if (content === undefined) parts.push(`D ${quoted}\n`);
    else {
      parts.push(`M 100644 inline ${quoted}\n`);
      data(content);
    }
  }
  parts.push("\nget-mark :1\ndone\n");
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}
