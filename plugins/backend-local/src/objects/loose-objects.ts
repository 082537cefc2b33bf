import { randomBytes } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { rename, rm, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { deflate as deflateCallback, deflateSync, inflateSync } from "node:zlib";
import type { GitObject, GitObjectType, Oid } from "@vexil/plugin-api";
import { syncDirectory, writeNewFile } from "../disk/atomic-file.js";
import { corrupt, errnoOf } from "../disk/disk-error.js";
import { ifThere } from "../disk/if-there.js";
import type { Permissions } from "../disk/permissions.js";
import { ownMark } from "../locks/process-identity.js";
import { inflateExactly } from "./inflate.js";
import { hashLargeObject } from "./object-hash.js";
import { checkedSize } from "./object-size.js";

const deflate = promisify(deflateCallback);

/** Names of our unfinished objects, with the writer's mark after it; git, too, sweeps `tmp_obj_*` away. */
export const TEMPORARY_PREFIX = "tmp_obj_vexil_";
const TRIES = 5;
const HEADER_BYTES = 64;
const SMALL_BYTES = 2 ** 14;
const HEADER = /^(blob|tree|commit|tag) (0|[1-9]\d{0,15})\0/;

/** Objects in files of their own (gitformat-loose). */
export class LooseObjects {
  readonly directory: string;
  readonly #permissions: Permissions;
  /** Directories whose own names are durable, and which they were: git makes and removes them without syncing. */
  readonly #durable = new Map<string, string>();

  constructor(directory: string, permissions: Permissions) {
    this.directory = directory;
    this.#permissions = permissions;
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_CORRUPT; undefined when there is none */
  async read(oid: Oid): Promise<GitObject | undefined> {
    const path = this.#pathOf(oid);
    const file = ifThere(() => readFileSync(path));
    if (file === undefined) return undefined;
    try {
      const small = inflateSmall(file);
      const head = small ?? inflateSync(file.subarray(0, 4 * HEADER_BYTES), { finishFlush: 2 /* Z_SYNC_FLUSH */ });
      const header = HEADER.exec(head.toString("latin1", 0, HEADER_BYTES));
      if (header === null) throw new Error("it has no object header");
      const start = header[0].length;
      const length = start + checkedSize(Number(header[2]));
      const whole = small?.length === length ? small : await inflateExactly(file, length);
      const object = { oid, type: header[1] as GitObjectType, bytes: whole.subarray(start) };
      if ((await hashLargeObject(object.type, object.bytes)) !== oid) throw new Error("it does not hash to its name");
      return object;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw corrupt(`the object file ${path} is damaged: ${reason}; delete it and fetch the object again`, error);
    }
  }

  has(oid: Oid): boolean {
    return lstatSync(this.#pathOf(oid), { throwIfNoEntry: false }) !== undefined;
  }

  /** Makes an object as young as if it were written now, for whoever prunes by age. */
  async renew(oid: Oid): Promise<void> {
    const now = new Date();
    await utimes(this.#pathOf(oid), now, now);
  }

  /** Writes one object; its directory still has to be synced. An object file that is there is replaced. */
  async write(object: GitObject): Promise<void> {
    const path = this.#pathOf(object.oid);
    const header = Buffer.from(`${object.type} ${object.bytes.byteLength}\0`, "latin1");
    const whole = Buffer.concat([header, object.bytes]);
    // Of a small object another thread would cost more than the work itself.
    const compressed =
      whole.length <= SMALL_BYTES ? deflateSync(whole, { level: 1 }) : await deflate(whole, { level: 1 });
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#place(path, compressed);
      } catch (error) {
        // `git gc --prune=now` removes unfinished files and empty directories of others, too.
        if (errnoOf(error) !== "ENOENT" || attempt === TRIES) throw error;
      }
    }
  }

  async #place(path: string, compressed: Uint8Array): Promise<void> {
    this.#permissions.makeDirectory(dirname(path), this.directory);
    const temporary = join(dirname(path), `${TEMPORARY_PREFIX}${ownMark()}_${randomBytes(8).toString("hex")}`);
    await writeNewFile(temporary, [compressed], { mode: 0o444, permissions: this.#permissions });
    try {
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Makes the names of written objects durable. */
  async sync(oids: Iterable<Oid>): Promise<void> {
    const directories = [...new Set([...oids].map((oid) => dirname(this.#pathOf(oid))))];
    const made = directories.map((directory) => [directory, identityOf(directory)] as const);
    const unknown = made.filter(([directory, identity]) => this.#durable.get(directory) !== identity);
    await Promise.all([...directories, ...(unknown.length > 0 ? [this.directory] : [])].map(syncIfThere));
    for (const [directory, identity] of unknown) this.#durable.set(directory, identity);
  }

  /** All object ids, directory by directory, with the names of our unfinished files. */
  *list(): Generator<{ readonly oid: Oid | undefined; readonly path: string }> {
    for (const fanout of names(this.directory)) {
      if (!/^[0-9a-f]{2}$/.test(fanout)) continue;
      for (const name of names(join(this.directory, fanout))) {
        const path = join(this.directory, fanout, name);
        if (/^[0-9a-f]{38}$/.test(name)) yield { oid: fanout + name, path };
        else if (name.startsWith(TEMPORARY_PREFIX)) yield { oid: undefined, path };
      }
    }
  }

  #pathOf(oid: Oid): string {
    return join(this.directory, oid.slice(0, 2), oid.slice(2));
  }
}

/** Inflates a small object in one go; undefined: it is not small, or it is damaged. */
function inflateSmall(file: Buffer): Buffer | undefined {
  if (file.length > SMALL_BYTES) return undefined;
  try {
    return inflateSync(file, { maxOutputLength: 8 * SMALL_BYTES, chunkSize: Math.max(256, 4 * file.length) });
  } catch {
    return undefined;
  }
}

/** Tells a directory from one that takes its place, with its number perhaps. */
function identityOf(directory: string): string {
  const { ino, birthtimeNs } = ifThere(() => statSync(directory, { bigint: true })) ?? {};
  return `${ino} ${birthtimeNs}`;
}

/** A directory that is gone was emptied by a `git gc` that took what is in it into a pack. */
async function syncIfThere(directory: string): Promise<void> {
  try {
    await syncDirectory(directory);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

function names(directory: string): readonly string[] {
  return ifThere(() => readdirSync(directory), "ENOTDIR") ?? [];
}
