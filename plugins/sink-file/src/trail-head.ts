import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { type ChainEnd, hashText } from "./chain.js";
import { syncDirectories } from "./sync-directories.js";

/** Content of a trail's second file: where the chain stood, and where the kept part of it begins. */
export interface TrailHead extends ChainEnd {
  /** Number of the first line of all files together. */
  readonly first: number;
}

/** Reads it; undefined where there is none, or none that was written with this key. */
export async function readHead(path: string, key: string | undefined): Promise<TrailHead | undefined> {
  try {
    const { seq, hash, first, mac } = JSON.parse(await readFile(path, "utf8")) as TrailHead & { readonly mac: string };
    const isSound = Number.isInteger(seq) && Number.isInteger(first) && /^[0-9a-f]{64}$/.test(hash);
    return isSound && mac === macOf({ seq, hash, first }, key) ? { seq, hash, first } : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces it, on the disk when it resolves. */
export async function writeHead(path: string, head: TrailHead, key: string | undefined): Promise<void> {
  const next = `${path}.tmp`;
  const file = await open(next, "w", 0o600);
  try {
    const { seq, hash, first } = head;
    await file.writeFile(`${JSON.stringify({ seq, hash, first, mac: macOf(head, key) })}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(next, path);
  const directory = dirname(path);
  await syncDirectories(directory, directory);
}

function macOf({ seq, hash, first }: TrailHead, key: string | undefined): string {
  return hashText(`head ${seq} ${hash} ${first}`, key);
}
