import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { EXAMPLE_FILES } from "./example-flags.js";

const git = promisify(execFile);

/** Makes the example's bare repository unless it is there, through native git, as a user would. */
export async function makeExampleRepository(directory: string): Promise<string> {
  const bare = join(directory, "flags.git");
  if ((await stat(bare).catch(() => undefined)) !== undefined) return bare;
  await mkdir(directory, { recursive: true });
  const work = await mkdtemp(join(directory, "new-"));
  try {
    for (const [path, text] of Object.entries(EXAMPLE_FILES)) {
      await mkdir(dirname(join(work, "tree", path)), { recursive: true });
      await writeFile(join(work, "tree", path), text);
    }
    const tree = join(work, "tree");
    await git("git", ["init", "--quiet", "--initial-branch=main", tree]);
    await git("git", ["-C", tree, "add", "--all"]);
    const identity = ["-c", "user.name=Vexil", "-c", "user.email=vexil@localhost", "-c", "commit.gpgsign=false"];
    await git("git", ["-C", tree, ...identity, "commit", "--quiet", "--message", "Example flags"]);
    await git("git", ["clone", "--quiet", "--bare", tree, join(work, "flags.git")]);
    // Only a whole repository gets the final name: an interrupted first start begins anew.
    await rename(join(work, "flags.git"), bare);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return bare;
}
