import { utimesSync } from "node:fs";
import { join } from "node:path";
import { type GitObject, type ObjectStore, type Oid, TimeSlice, VexilError } from "@vexil/plugin-api";
import { corrupt, diskError, errnoOf } from "../disk/disk-error.js";
import type { Permissions } from "../disk/permissions.js";
import { objectDirectories } from "./alternates.js";
import { LooseObjects } from "./loose-objects.js";
import { hashLargeObject } from "./object-hash.js";
import { type PackedPlace, PackSet } from "./pack-set.js";
import { writePack } from "./pack-writer.js";

/** Above one of these a batch becomes a pack: one sync for all of it instead of one for each object. */
const LOOSE_COUNT = 20;
const LOOSE_BYTES = 8 * 2 ** 20;
/** Loose objects written at the same time. */
const WRITERS = 4;

const OID = /^[0-9a-f]{40}$/;

/** Git's object database: loose objects and packs, own and borrowed. */
export class DiskObjects implements ObjectStore {
  readonly directory: string;
  readonly loose: LooseObjects;
  readonly packs: PackSet;
  /** Object written lately, from whoever remembers it. */
  remembered: (oid: Oid) => GitObject | undefined = () => undefined;
  /** The own store first, then those it borrows from. */
  readonly #stores: readonly { readonly loose: LooseObjects; readonly packs: PackSet }[];
  readonly #permissions: Permissions;

  constructor(commonDirectory: string, permissions: Permissions) {
    this.directory = join(commonDirectory, "objects");
    this.#permissions = permissions;
    this.loose = new LooseObjects(this.directory, permissions);
    this.packs = new PackSet(this.directory);
    const borrowed = objectDirectories(this.directory).slice(1);
    this.#stores = [
      this,
      ...borrowed.map((path) => ({ loose: new LooseObjects(path, permissions), packs: new PackSet(path) })),
    ];
  }

  async read(oids: readonly Oid[], signal?: AbortSignal): Promise<ReadonlyMap<Oid, GitObject>> {
    signal?.throwIfAborted();
    const found = new Map<Oid, GitObject>();
    const wanted = [...new Set(oids)].filter((oid) => OID.test(oid));
    // `git gc` moves objects from files to packs and back at any time: what is missing is looked for once more.
    const missing = await this.#readPass(wanted, found, signal);
    if (missing.length === 0) return found;
    for (const { packs } of this.#stores) packs.refresh();
    const lost = await this.#readPass(missing, found, signal);
    if (lost.length === 0) return found;
    const again = lost.map((oid) => this.remembered(oid)).filter((object) => object !== undefined);
    if (again.length > 0) {
      // Somebody collected them as rubbish, not knowing of a write under way.
      for (const object of again) found.set(object.oid, object);
      await this.write(again, signal);
      if (again.length === lost.length) return found;
    }
    const fault = this.#stores.map(({ packs }) => packs.fault).find((each) => each !== undefined);
    if (fault !== undefined) throw fault;
    return found;
  }

  async write(objects: readonly GitObject[], signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    try {
      const missing: GitObject[] = [];
      const slice = new TimeSlice();
      for (const object of new Map(objects.map((each) => [each.oid, each])).values()) {
        if ((await hashLargeObject(object.type, object.bytes)) !== object.oid) {
          throw corrupt(`an object that was to be stored does not hash to ${object.oid}`);
        }
        if (!(await this.#renew(object.oid))) missing.push(object);
        await slice.pause(signal);
      }
      const bytes = missing.reduce((sum, object) => sum + object.bytes.byteLength, 0);
      if (missing.length > LOOSE_COUNT || bytes > LOOSE_BYTES) {
        await this.#writePack(missing, signal);
        this.packs.refresh();
      } else if (missing.length > 0) {
        await this.#writeLoose(missing);
      }
    } catch (error) {
      throw diskError(error, `write objects to ${this.directory}`);
    }
  }

  close(): void {
    for (const { packs } of this.#stores) packs.close();
  }

  async #writePack(objects: readonly GitObject[], signal?: AbortSignal): Promise<void> {
    try {
      await writePack(this.directory, objects, this.#permissions, signal);
    } catch (error) {
      // `git gc --prune=now` removes unfinished packs of others, too: once more.
      if (errnoOf(error) !== "ENOENT") throw error;
      await writePack(this.directory, objects, this.#permissions, signal);
    }
  }

  async #writeLoose(objects: readonly GitObject[]): Promise<void> {
    const waiting = [...objects];
    const work = async (): Promise<void> => {
      for (let object = waiting.shift(); object !== undefined; object = waiting.shift()) await this.loose.write(object);
    };
    await Promise.all(Array.from({ length: WRITERS }, work));
    await this.loose.sync(objects.map(({ oid }) => oid));
  }

  /** True when the object is here and whole; it is then as young as if it were written now. */
  async #renew(oid: Oid): Promise<boolean> {
    try {
      const packed = this.packs.find(oid);
      if (packed !== undefined) {
        packed.pack.hold();
        try {
          const { type, bytes } = await packed.pack.read(packed.offset);
          if ((await hashLargeObject(type, bytes)) !== oid) return false;
        } finally {
          packed.pack.release();
        }
        utimesSync(packed.pack.path, new Date(), new Date());
        return true;
      }
      if ((await this.loose.read(oid)) === undefined) return false;
      await this.loose.renew(oid);
      return true;
    } catch (error) {
      // Damaged, gone meanwhile, or another user's: a fresh copy is what is wanted.
      if (VexilError.is(error) || ["ENOENT", "EPERM", "EACCES"].includes(errnoOf(error) ?? "")) return false;
      throw error;
    }
  }

  /** @returns what was not found */
  async #readPass(oids: readonly Oid[], found: Map<Oid, GitObject>, signal?: AbortSignal): Promise<readonly Oid[]> {
    const slice = new TimeSlice();
    const packed: (PackedPlace & { readonly oid: Oid })[] = [];
    const others: Oid[] = [];
    for (const oid of oids) {
      const place = this.#findPacked(oid);
      if (place === undefined) others.push(oid);
      else packed.push({ ...place, oid });
    }
    // In the order of the pack, bases come before what is made from them.
    packed.sort((a, b) => (a.pack === b.pack ? a.offset - b.offset : a.pack.name < b.pack.name ? -1 : 1));
    const packs = new Set(packed.map(({ pack }) => pack));
    for (const pack of packs) pack.hold();
    try {
      for (const { oid, ...place } of packed) {
        found.set(oid, await this.#readPacked(oid, place));
        await slice.pause(signal);
      }
    } finally {
      for (const pack of packs) pack.release();
    }
    const missing: Oid[] = [];
    for (const oid of others) {
      const object = await this.#readLoose(oid);
      if (object === undefined) missing.push(oid);
      else found.set(oid, object);
      await slice.pause(signal);
    }
    return missing;
  }

  #findPacked(oid: Oid): PackedPlace | undefined {
    for (const { packs } of this.#stores) {
      const place = packs.find(oid);
      if (place !== undefined) return place;
    }
    return undefined;
  }

  async #readLoose(oid: Oid): Promise<GitObject | undefined> {
    for (const { loose } of this.#stores) {
      const object = await loose.read(oid);
      if (object !== undefined) return object;
    }
    return undefined;
  }

  /** Where a pack is damaged, a loose copy does as well. */
  async #readPacked(oid: Oid, { pack, offset }: PackedPlace): Promise<GitObject> {
    try {
      const { type, bytes } = await pack.read(offset);
      if ((await hashLargeObject(type, bytes)) === oid) return { oid, type, bytes };
      throw corrupt(`${pack.path} is damaged: what it has as ${oid} does not hash to that id; "git fsck" tells more`);
    } catch (error) {
      const copy = await this.#readLoose(oid);
      if (copy !== undefined) return copy;
      throw error;
    }
  }
}
