import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { RefusedError } from "../client/client-errors.js";

const run = promisify(execFile);
const GIT_MS = 60_000;

/**
 * Requires that a directory lies in the work tree of a clone.
 * @throws RefusedError
 */
export async function requireClone(directory: string): Promise<void> {
  const inside = await git(directory, ["rev-parse", "--is-inside-work-tree"]).catch(() => "");
  if (inside.trim() !== "true") {
    throw new RefusedError(`${directory} is in no git clone: --local makes a commit; --output writes files alone`);
  }
}

/**
 * Commits some files of a clone, and nothing else of it, whatever is staged.
 * @returns the commit's id; undefined where nothing has changed
 * @throws RefusedError with git's own words
 */
export async function commitFiles(
  directory: string,
  paths: readonly string[],
  message: string,
): Promise<string | undefined> {
  try {
    await git(directory, ["add", "--", ...paths]);
    const changed = await git(directory, ["status", "--porcelain", "--", ...paths]);
    if (changed === "") return undefined;
    await git(directory, ["commit", "--quiet", "--only", "--message", message, "--", ...paths]);
    return (await git(directory, ["rev-parse", "HEAD"])).trim();
  } catch (error) {
    const { stderr = "", message: reason } = error as { readonly stderr?: string; readonly message: string };
    throw new RefusedError(`the files were written, but not committed: ${stderr.trim() || reason}`);
  }
}

async function git(directory: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run("git", ["-C", directory, "--literal-pathspecs", ...args], { timeout: GIT_MS });
  return stdout;
}
