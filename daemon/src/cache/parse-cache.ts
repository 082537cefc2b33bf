import { createHmac, randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { ParsedStore } from "@vexil/flags/compile/parsed-store";
import { PARSED_FORMAT } from "@vexil/flags/parse/parsed-text";
import type { Logger } from "@vexil/plugin-api";
import { version } from "../version.js";
import { readSealed, type Seal, writeSealed } from "./sealed-file.js";
import { trimDirectory } from "./trim-directory.js";

/** Where parsed files are kept. */
export interface CachePlace {
  readonly directory: string;
  /** Bytes of all files together. */
  readonly bytes: number;
  /** Makes the key at the first call, where there is none. */
  readonly key: () => Promise<Uint8Array>;
}

const ENDING = ".parsed";
/** Its own files alone are removed: the directory may be one with files of others. */
const NAMES = /^[0-9a-f]{64}\.parsed(\.[0-9a-f]{12})?$/;
const MAKER = `vexil ${version} parsed ${PARSED_FORMAT}`;

/**
 * Parsed files on the disk, in a directory with a file for each. Every one is sealed with a key of this installation: what
 * is damaged, or another version's, is parsed anew, and told once. Names are made with the key, too, so that
 * installations that share a directory leave each other's files alone until there is no room. Nothing is flushed to the
 * disk, since what a crash tears is damaged. The directory may be removed at any time.
 */
export class ParseCache implements ParsedStore {
  readonly #logger: Logger;
  #place: CachePlace | undefined;
  #opening: Promise<Uint8Array | undefined> | undefined;
  #key: Uint8Array | undefined;
  #names: Promise<void> | undefined;
  readonly #known = new Set<string>();
  /** Names that this process has read or written. */
  readonly #used = new Set<string>();
  readonly #told = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Before it nothing is there, and nothing is kept. */
  open(place: CachePlace): void {
    this.#place = place;
  }

  ready(): Promise<void> {
    if (this.#place === undefined) return Promise.resolve();
    this.#names ??= this.#list(this.#place);
    return this.#names;
  }

  has(id: string): boolean {
    return this.#key !== undefined && this.#known.has(nameOf(id, this.#key));
  }

  async get(id: string): Promise<Buffer | undefined> {
    const place = this.#place;
    const seal = await this.#seal(id);
    if (place === undefined || seal === undefined) return undefined;
    const name = nameOf(id, seal.key);
    try {
      const bytes = await readSealed(join(place.directory, name), seal, place.bytes);
      this.#used.add(name);
      return bytes;
    } catch (error) {
      this.#known.delete(name);
      if (codeOf(error) !== "ENOENT") this.#tell("cache.ignored", place, error);
      return undefined;
    }
  }

  async put(id: string, parts: Iterable<Uint8Array>): Promise<void> {
    const place = this.#place;
    const seal = await this.#seal(id);
    if (place === undefined || seal === undefined) return;
    const name = nameOf(id, seal.key);
    const path = join(place.directory, name);
    const unfinished = `${path}.${randomBytes(6).toString("hex")}`;
    try {
      await mkdir(place.directory, { recursive: true, mode: 0o700 });
      await writeSealed(unfinished, seal, parts);
      await rename(unfinished, path);
      this.#known.add(name);
      this.#used.add(name);
    } catch (error) {
      this.#tell("cache.unkept", place, error);
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }

  async tidy(): Promise<void> {
    const place = this.#place;
    if (place === undefined) return;
    await trimDirectory(place.directory, { names: NAMES, bytes: place.bytes, used: this.#used }).catch(
      (error: unknown) => codeOf(error) === "ENOENT" || this.#tell("cache.unkept", place, error),
    );
  }

  async #list(place: CachePlace): Promise<void> {
    try {
      for (const name of await readdir(place.directory)) if (name.endsWith(ENDING)) this.#known.add(name);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") this.#tell("cache.ignored", place, error);
    }
    // Whoever has kept nothing needs no key yet.
    if (this.#known.size > 0) await this.#open(place);
  }

  async #seal(id: string): Promise<Seal | undefined> {
    const key = this.#place && (await this.#open(this.#place));
    return key && { key, maker: MAKER, id };
  }

  async #open(place: CachePlace): Promise<Uint8Array | undefined> {
    this.#opening ??= place.key().catch((error: unknown) => {
      this.#tell("cache.unkept", place, error);
      return undefined;
    });
    this.#key = await this.#opening;
    return this.#key;
  }

  /** Once: all files would tell the same. */
  #tell(event: "cache.ignored" | "cache.unkept", { directory }: CachePlace, error: unknown): void {
    if (this.#told.has(event)) return;
    this.#told.add(event);
    const reason = error instanceof Error ? error.message : String(error);
    logEvent(this.#logger, event, { directory, reason });
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

function nameOf(id: string, key: Uint8Array): string {
  return (
    createHmac("sha256", key)
      .update(JSON.stringify(["name", id]))
      .digest("hex") + ENDING
  );
}
