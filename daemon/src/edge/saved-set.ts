import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { readUpstreamSet, type UpstreamSet } from "./upstream-set.js";

const FILE = "upstream.json";

/** Reads the set that an edge knew last, so that it can start without its upstream; undefined: none that counts. */
export async function loadSet(directory: string, upstream: string): Promise<UpstreamSet | undefined> {
  try {
    const saved = JSON.parse(await readFile(join(directory, FILE), "utf8")) as { upstream?: unknown; set?: unknown };
    return saved.upstream === upstream ? readUpstreamSet(saved.set) : undefined;
  } catch {
    // Gone or damaged, it is asked for again.
    return undefined;
  }
}

/** Puts it in the place of the one before: whole, or not at all. */
export async function saveSet(directory: string, upstream: string, set: UpstreamSet): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(directory, FILE), JSON.stringify({ version: 1, upstream, set }), { mode: 0o600 });
}
