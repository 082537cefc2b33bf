import { mkdir, readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { type GitObject, hashObject, type Logger, type Oid } from "@vexil/plugin-api";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import type { MemoryState, StateKeeper } from "./memory-backend.js";

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** Changes in this time are kept together. */
const DELAY_MS = 500;
const FORMAT = "vexil-saved-state-1";

const oid = z.string().regex(/^[0-9a-f]{40}$/);
/** The first line of the file; the objects' bytes follow in this order. */
const header = z.strictObject({
  format: z.literal(FORMAT),
  refs: z.array(z.tuple([z.string(), oid])),
  shallow: z.array(oid),
  objects: z.array(z.tuple([oid, z.enum(["blob", "tree", "commit", "tag"]), z.int().nonnegative()])),
});

/**
 * Keeps the last state of a memory storage in one file: gzip over a line of JSON and the objects' bytes. It is replaced
 * atomically, so that a crash leaves the state before.
 */
export class SavedState implements StateKeeper {
  readonly #path: string;
  readonly #logger: Logger;
  #take: (() => MemoryState) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, logger: Logger) {
    this.#path = resolve(path);
    this.#logger = logger;
  }

  /** The state of an earlier run; undefined when there is none, or none that can be trusted. */
  async load(signal: AbortSignal): Promise<MemoryState | undefined> {
    try {
      const state = decode(await unzip(await readFile(this.#path, { signal })));
      const fields = { path: this.#path, objects: state.objects.size, refs: state.refs.size };
      this.#logger.log("info", "saved-state.loaded", "the saved state was loaded", fields);
      return state;
    } catch (error) {
      signal.throwIfAborted();
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      const fields = { path: this.#path, error: error instanceof Error ? error.message : String(error) };
      this.#logger.log("warn", "saved-state.ignored", "the saved state cannot be used and is ignored", fields);
      return undefined;
    }
  }

  changed(take: () => MemoryState): void {
    this.#take = take;
    this.#timer ??= setTimeout(() => void this.#flush(), DELAY_MS).unref();
  }

  async close(): Promise<void> {
    await this.#flush();
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const take = this.#take;
    this.#take = undefined;
    if (take === undefined) return;
    try {
      const bytes = await zip(encode(take()), { level: 1 });
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFileAtomic(this.#path, bytes, { mode: 0o600 });
    } catch (error) {
      const fields = { path: this.#path, error: error instanceof Error ? error.message : String(error) };
      this.#logger.log("error", "saved-state.failed", "the state could not be saved", fields);
    }
  }
}

function encode(state: MemoryState): Buffer {
  const objects = [...state.objects.values()];
  const first: z.input<typeof header> = {
    format: FORMAT,
    refs: [...state.refs],
    shallow: [...state.shallow],
    objects: objects.map(({ oid, type, bytes }) => [oid, type, bytes.byteLength]),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(first)}\n`), ...objects.map(({ bytes }) => bytes)]);
}

/** @throws whatever is wrong: nothing of a damaged file is used */
function decode(file: Buffer): MemoryState {
  const end = file.indexOf("\n");
  const first = header.parse(JSON.parse(file.toString("utf8", 0, end)));
  const objects = new Map<Oid, GitObject>();
  let at = end + 1;
  for (const [oid, type, size] of first.objects) {
    const bytes = file.subarray(at, at + size);
    at += size;
    if (hashObject(type, bytes) !== oid) throw new Error(`object ${oid} is damaged`);
    objects.set(oid, { oid, type, bytes });
  }
  if (at !== file.length) throw new Error("the file is longer than its header says");
  for (const [ref, oid] of first.refs) if (!objects.has(oid)) throw new Error(`${ref} points at a missing object`);
  return { objects, refs: new Map(first.refs), shallow: new Set(first.shallow) };
}
