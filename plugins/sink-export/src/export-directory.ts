import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { SinkNamespace } from "@vexil/plugin-api";
import { factsOf, makeDirectory, namesIn, putDirectory, putFile, putLink, syncDirectory, targetOf } from "./durable.js";
import {
  type ExportedEnvironment,
  type ExportIndex,
  type Retirement,
  readIndex,
  readRetirement,
} from "./export-index.js";
import { linkTo, Places } from "./places.js";
import { type Keeping, namedBy, prune, retire, storedNames } from "./retired.js";

export type ExportedNamespaces = ExportedEnvironment["namespaces"];

/** The directory as it lies on the disk. Whatever moment a crash comes at, all that its index and links lead to is there. */
export class ExportDirectory {
  readonly #places: Places;
  #index: ExportIndex;
  #retired: Retirement["retired"];
  /** Time of modification that was given last, seconds since 1970. */
  #clock = 0;

  private constructor(places: Places, index: ExportIndex, retired: Retirement["retired"]) {
    this.#places = places;
    this.#index = index;
    this.#retired = retired;
  }

  /** Opens it, and ends what a crash has left half done: links lead to where the index says. */
  static async open(path: string): Promise<ExportDirectory> {
    const places = new Places(path);
    for (const directory of [path, places.snapshots, places.trees, places.environments]) await makeDirectory(directory);
    await namesIn(path);
    const index = await readIndex(places.index);
    const stored = await storedNames(places);
    const { retired } = await readRetirement(places.retirement);
    const directory = new ExportDirectory(places, index, retire(retired, stored, index, Date.now()));
    for (const name of stored) {
      directory.#clock = Math.max(directory.#clock, (await factsOf(places.of(name)))?.seconds ?? 0);
    }
    for (const [environment, { tree }] of Object.entries(index.environments)) {
      if (stored.includes(tree)) await putLink(places.environment(environment), linkTo(tree));
    }
    await directory.#unlink();
    return directory;
  }

  get environments(): ExportIndex["environments"] {
    return this.#index.environments;
  }

  /** Has the files of some namespaces on the disk, by names that their content gives. */
  async store(namespaces: readonly SinkNamespace[], signal: AbortSignal): Promise<ExportedNamespaces> {
    const files: [string, ExportedNamespaces[string]][] = [];
    for (const { key, digest, json } of namespaces) {
      signal.throwIfAborted();
      const bytes = Buffer.from(json);
      const file = `snapshots/${sha256(bytes)}.json`;
      files.push([key, { digest, file }]);
      const path = this.#places.of(file);
      if ((await factsOf(path))?.size === bytes.length) continue;
      // Web servers tell contents apart by size and second of modification: no two files have the same.
      this.#clock = Math.max(Math.floor(Date.now() / 1000), this.#clock + 1);
      await putFile(path, bytes, this.#clock);
    }
    await syncDirectory(this.#places.snapshots);
    return Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Makes a directory of links to the files, which takes the place of another at one stroke; its name. */
  async plant(namespaces: ExportedNamespaces): Promise<string> {
    const entries = Object.entries(namespaces).map(([key, { file }]) => [key, file] as const);
    const tree = `trees/${sha256(JSON.stringify(entries))}`;
    const path = this.#places.of(tree);
    const known = await namesIn(join(path, "namespaces")).catch(() => undefined);
    if (known?.length === entries.length) return tree;
    await rm(path, { recursive: true, force: true });
    await putDirectory(path, async (unfinished) => {
      await makeDirectory(join(unfinished, "namespaces"));
      for (const [key, file] of entries) {
        await makeDirectory(join(unfinished, "namespaces", key));
        await putLink(join(unfinished, "namespaces", key, "snapshot"), `../../../../${file}`);
      }
    });
    return tree;
  }

  /** Has index and links be those of these environments, and removes what is kept long enough. */
  async turn(environments: ExportIndex["environments"], keeping: Keeping): Promise<void> {
    const { index: path, retirement } = this.#places;
    const [now, next] = [Date.now(), { version: 1, environments } as const];
    const retired = retire(this.#retired, [...Object.keys(this.#retired), ...namedBy(this.#index)], next, now);
    await putFile(retirement, `${JSON.stringify({ version: 1, retired })}\n`);
    await putFile(path, `${JSON.stringify(next)}\n`);
    await syncDirectory(this.#places.root);
    [this.#index, this.#retired] = [next, retired];
    for (const [name, { tree }] of Object.entries(environments)) {
      await putLink(this.#places.environment(name), linkTo(tree));
    }
    await this.#unlink();
    this.#retired = await prune(this.#places, retired, keeping, now);
  }

  /** Removes links of environments that the index does not name. */
  async #unlink(): Promise<void> {
    const names = await namesIn(this.#places.environments);
    for (const name of names.filter((one) => !Object.hasOwn(this.environments, one))) {
      const path = this.#places.environment(name);
      if ((await targetOf(path))?.startsWith(linkTo("trees/")) === true) await rm(path);
    }
  }
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
