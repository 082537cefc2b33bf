import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Content of an exported directory: by environment the text of each namespace, as clients get it. */
export type Exported = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface Index {
  readonly environments: Readonly<
    Record<string, { revision: string; namespaces: Readonly<Record<string, { digest: string; file: string }>> }>
  >;
}

export async function readIndex(root: string): Promise<Index> {
  return JSON.parse(await readFile(join(root, "index.json"), "utf8")) as Index;
}

/** Reads all as a web server would, by the links. */
export async function readExported(root: string): Promise<Exported> {
  const environments = join(root, "client", "v2", "environments");
  const found: Record<string, Record<string, string>> = {};
  for (const environment of await readdir(environments).catch(() => [])) {
    // What begins with a dot is not finished, and no server shows it.
    if (environment.startsWith(".")) continue;
    found[environment] = {};
    for (const namespace of await readdir(join(environments, environment, "namespaces"))) {
      const file = join(environments, environment, "namespaces", namespace, "snapshot");
      (found[environment] as Record<string, string>)[namespace] = await readFile(file, "utf8");
    }
  }
  return found;
}

/** Faults of a directory, whatever moment a crash came at: what the index and the links lead to is whole. */
export async function exportFaults(root: string): Promise<readonly string[]> {
  const faults: string[] = [];
  const index = await readIndex(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") faults.push(`index.json: ${error}`);
    return { environments: {} } as Index;
  });
  const check = async (what: string, file: string): Promise<void> => {
    const text = await readFile(join(root, file)).catch(() => undefined);
    if (text === undefined) faults.push(`${what}: ${file} is missing`);
    else if (file !== `snapshots/${createHash("sha256").update(text).digest("hex")}.json`) {
      faults.push(`${what}: ${file} has another content`);
    }
  };
  for (const [name, { namespaces }] of Object.entries(index.environments)) {
    for (const { file } of Object.values(namespaces)) await check(name, file);
  }
  await readExported(root).catch((error: unknown) => faults.push(`a link leads nowhere: ${error}`));
  return faults;
}
