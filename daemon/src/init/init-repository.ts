import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, realpath, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { RefusedError } from "../client/client-errors.js";
import type { InitFile } from "./init-files.js";

const run = promisify(execFile);
const GIT_MS = 30_000;

/** Runs git in a folder; its output without the line's end. */
async function git(folder: string, ...args: readonly string[]): Promise<string> {
  return (await run("git", ["-C", folder, ...args], { timeout: GIT_MS })).stdout.trim();
}

/**
 * The branch that is checked out in a folder, which need not be there; undefined where it is no repository yet.
 * @throws RefusedError where git is missing, or the folder lies within another repository
 */
export async function branchIn(folder: string): Promise<string | undefined> {
  const place = nearest(folder);
  let top: string;
  try {
    top = await git(place, "rev-parse", "--show-toplevel");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return undefined;
    throw new RefusedError("the git program is needed: install it (Debian: apt install git), then begin again");
  }
  if (place !== folder || top !== (await realpath(folder))) {
    throw new RefusedError(`${folder} lies in the repository ${top}: name that, or a folder outside of it`);
  }
  return (await git(folder, "symbolic-ref", "--short", "--quiet", "HEAD").catch(() => "")) || "main";
}

function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}

/** Tells whether git knows of features files in a folder. */
export async function hasFlags(folder: string): Promise<boolean> {
  return (await git(folder, "ls-files", "--", ...["yaml", "yml", "json"].map((end) => `*features.${end}`))) !== "";
}

/** Tells whether a commit is still to be made of some of these files. */
export async function isToBeCommitted(folder: string, paths: readonly string[]): Promise<boolean> {
  return (await git(folder, "status", "--porcelain", "--", ...paths)) !== "";
}

/** Begins a repository and its first commit; resolves to the commit's id, or to why there is none. */
export async function firstCommit(
  folder: string,
  paths: readonly string[],
  { branch, remote, hook }: { readonly branch: string; readonly remote: string | undefined; readonly hook: boolean },
): Promise<{ readonly commit: string } | { readonly reason: string }> {
  await git(folder, "init", "--quiet", `--initial-branch=${branch}`);
  if (remote !== undefined) await git(folder, "remote", "add", "origin", remote);
  try {
    // Whatever the user has git ignore everywhere.
    await git(folder, "add", "--force", "--", ...paths);
    await git(folder, "commit", "--quiet", "--message", "Begin with a sample flag");
    return { commit: await git(folder, "rev-parse", "--short", "HEAD") };
  } catch (error) {
    const { stderr = "", message } = error as { readonly stderr?: string; readonly message: string };
    return { reason: stderr.trim().split("\n").at(-1) || message };
  } finally {
    // Not before: the first commit needs no check, and the command may not be on the path yet.
    if (hook) await git(folder, "config", "core.hooksPath", ".githooks");
  }
}

/** Writes a file that is not there; resolves to false where one is, which stays as it is. */
export async function writeNew(folder: string, { path, text, isProgram = false }: InitFile): Promise<boolean> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(file, text, { flag: "wx", mode: isProgram ? 0o755 : 0o644, flush: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
