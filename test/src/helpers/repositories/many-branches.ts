import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TemporaryRepository } from "./temporary-repository.js";

/**
 * Gives a bare repository any number of branches at once, as `git pack-refs` would leave them.
 * @param commitOf which commit each of them is at
 */
export async function addBranches(
  repository: TemporaryRepository,
  names: readonly string[],
  commitOf: (name: string) => string,
): Promise<void> {
  await repository.git("pack-refs", "--all");
  const path = join(repository.path, "packed-refs");
  const refs = new Map<string, string>();
  for (const line of (await readFile(path, "utf8")).split("\n")) {
    const [, oid, ref] = /^([0-9a-f]{40}) (\S+)$/.exec(line) ?? [];
    if (oid !== undefined && ref !== undefined) refs.set(ref, oid);
  }
  for (const name of names) refs.set(`refs/heads/${name}`, commitOf(name));
  const lines = [...refs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([ref, oid]) => `${oid} ${ref}\n`);
  await writeFile(path, `# pack-refs with: peeled fully-peeled sorted \n${lines.join("")}`);
}

/** `flipt/<base>/<prefix>00000` and so on. */
export const branchNames = (count: number, prefix = "b", base = "default"): readonly string[] =>
  Array.from({ length: count }, (_, index) => `flipt/${base}/${prefix}${String(index).padStart(5, "0")}`);
