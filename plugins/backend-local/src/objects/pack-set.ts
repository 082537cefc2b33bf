import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Oid, VexilError } from "@vexil/plugin-api";
import { errnoOf } from "../disk/disk-error.js";
import { ifThere } from "../disk/if-there.js";
import { BaseCache } from "./base-cache.js";
import { PackReader } from "./pack-reader.js";

export interface PackedPlace {
  readonly pack: PackReader;
  readonly offset: number;
}

/** The packs of one object directory. They come and go with `git gc`; what was opened stays readable. */
export class PackSet {
  readonly #directory: string;
  readonly #bases = new BaseCache();
  #packs: PackReader[] = [];
  /** Packs that cannot be used, with the reason. */
  readonly #broken = new Map<string, VexilError>();
  #listed = false;

  constructor(objectDirectory: string) {
    this.#directory = join(objectDirectory, "pack");
  }

  get packs(): readonly PackReader[] {
    if (!this.#listed) this.refresh();
    return this.#packs;
  }

  /** Why something that is not found may be missing. */
  get fault(): VexilError | undefined {
    return this.#broken.values().next().value;
  }

  find(oid: Oid): PackedPlace | undefined {
    if (!this.#listed) this.refresh();
    for (const [index, pack] of this.#packs.entries()) {
      const offset = pack.index.find(oid);
      if (offset === undefined) continue;
      // The next object is likely in the same pack.
      if (index > 0) this.#packs = [pack, ...this.#packs.filter((other) => other !== pack)];
      return { pack, offset };
    }
    return undefined;
  }

  /** Looks at the directory again. */
  refresh(): void {
    this.#listed = true;
    const names = new Set(ifThere(() => readdirSync(this.#directory)));
    const known = new Map(this.#packs.map((pack) => [pack.name, pack]));
    this.#broken.clear();
    const packs: PackReader[] = [];
    for (const file of names) {
      if (!file.startsWith("pack-") || !file.endsWith(".idx")) continue;
      const name = file.slice(0, -4);
      if (!names.has(`${name}.pack`)) continue;
      const pack = known.get(name) ?? this.#open(name);
      if (pack !== undefined) packs.push(pack);
      known.delete(name);
    }
    for (const gone of known.values()) gone.close();
    this.#packs = packs;
  }

  close(): void {
    for (const pack of this.#packs) pack.close();
    this.#packs = [];
    this.#listed = false;
  }

  #open(name: string): PackReader | undefined {
    try {
      return new PackReader(join(this.#directory, name), this.#bases);
    } catch (error) {
      if (VexilError.is(error)) this.#broken.set(name, error);
      else if (errnoOf(error) !== "ENOENT") throw error;
      return undefined;
    }
  }
}
