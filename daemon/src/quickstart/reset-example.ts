import { rm } from "node:fs/promises";
import { join } from "node:path";

/** Everything that the quickstart, or whoever follows it, makes in its directory. Nothing else there is touched. */
const MADE = ["flags.git", "store", "clone", "vexil.yaml", "vexil.log", "state"];

/** Removes the example, so that the next start begins anew. */
export async function resetExample(directory: string): Promise<void> {
  for (const name of MADE) await rm(join(directory, name), { recursive: true, force: true });
}
