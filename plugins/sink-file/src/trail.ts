import { access, constants, type FileHandle, mkdir, open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Logger, Sink, SinkEvent } from "@vexil/plugin-api";
import { VexilError, writeObstacle } from "@vexil/plugin-api";
import { type ChainEnd, endOf, NOTHING, nextLine } from "./chain.js";
import { EVENTS } from "./events.js";
import { readEnd } from "./last-line.js";
import { syncDirectories } from "./sync-directories.js";
import { readHead, type TrailHead, writeHead } from "./trail-head.js";

export interface TrailOptions {
  readonly path: string;
  readonly rotateBytes: number;
  readonly key: string | undefined;
  readonly sink: string;
  readonly logger: Logger;
}

/** The file as it was left by the last delivery. */
interface OpenTrail {
  readonly file: FileHandle;
  readonly inode: number;
  size: number;
  head: TrailHead;
}

/** An append-only file of events, each line chained to the one before. */
export class Trail implements Sink {
  readonly #options: TrailOptions;
  #open: OpenTrail | undefined;
  #working: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: TrailOptions) {
    this.#options = options;
  }

  deliver(events: readonly SinkEvent[], { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const done = this.#working.then(async () => {
      if (this.#isClosed) throw unavailable("is closed");
      signal.throwIfAborted();
      try {
        await this.#append(events);
      } catch (error) {
        await this.#forget();
        throw unavailable(reasonOf(error), error);
      }
    });
    this.#working = done.catch(() => undefined);
    return done;
  }

  async examine(): Promise<string> {
    const { path } = this.#options;
    const obstacle = writeObstacle(dirname(path));
    if (obstacle !== undefined) throw unavailable(`cannot be written: ${obstacle.place}: ${obstacle.code}`);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === false) throw unavailable("is no regular file");
    await access(path, constants.R_OK | constants.W_OK).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw unavailable(`cannot be written: ${error.code}`);
    });
    return `${path} can be written`;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#working;
    await this.#forget();
  }

  async #append(events: readonly SinkEvent[]): Promise<void> {
    const trail = await this.#trail();
    const { key, path } = this.#options;
    let end: ChainEnd = trail.head;
    const lines: string[] = [];
    for (const event of events) {
      const line = nextLine(end, event, key);
      lines.push(`${line.text}\n`);
      end = line;
    }
    const text = Buffer.from(lines.join(""));
    try {
      await trail.file.appendFile(text);
      await trail.file.datasync();
    } catch (error) {
      // What was half written would be taken for a change by somebody else.
      await trail.file.truncate(trail.size).catch(() => undefined);
      throw error;
    }
    trail.size += text.length;
    trail.head = { ...end, first: trail.head.first };
    await writeHead(headPath(path), trail.head, key);
  }

  /** The file, opened anew where it is not the one of the last delivery any more. */
  async #trail(): Promise<OpenTrail> {
    const { path, rotateBytes } = this.#options;
    const known = this.#open;
    if (known !== undefined) {
      const found = await stat(path).catch(() => undefined);
      const isSame = found?.ino === known.inode && found.size === known.size;
      if (isSame && known.size < rotateBytes) return known;
      await this.#forget();
      if (isSame) await this.#rotate(known.head);
    }
    const opened = await this.#openTrail();
    this.#open = opened;
    return opened;
  }

  async #openTrail(): Promise<OpenTrail> {
    const { path, key } = this.#options;
    const directory = dirname(path);
    const made = await mkdir(directory, { recursive: true, mode: 0o700 });
    const file = await open(path, "a+", 0o600);
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw unavailable("is no regular file");
      // Lines on the disk are of no use in a file that is gone after a power cut.
      if (stats.size === 0) await syncDirectories(directory, made === undefined ? directory : dirname(made));
      const { line, size } = await this.#mendEnd(file, stats.size);
      return { file, inode: stats.ino, size, head: this.#headOf(line, await readHead(headPath(path), key)) };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Has the file end with a line break: half a line of its own is taken away, and what is of others stays. */
  async #mendEnd(
    file: FileHandle,
    size: number,
  ): Promise<{ readonly line: string | undefined; readonly size: number }> {
    const { line, whole, isHalf } = await readEnd(file, size);
    if (isHalf && whole === size) return { line, size };
    if (isHalf) await file.truncate(whole);
    else await file.appendFile("\n");
    await file.datasync();
    if (isHalf) this.#log("trail.mended", { bytes: size - whole });
    else this.#log("trail.damaged", { reason: "its end is no line of an audit trail" });
    return { line, size: isHalf ? whole : size + 1 };
  }

  /** Where the chain goes on: after the last line, or where that is not what was left, after what was. */
  #headOf(line: string | undefined, head: TrailHead | undefined): TrailHead {
    const last = line === undefined ? undefined : endOf(line);
    if (last === undefined && line !== undefined) {
      this.#log("trail.damaged", { reason: "its last line is none of an audit trail" });
      return head ?? { seq: 0, hash: NOTHING, first: 1 };
    }
    // A file of its own begins where the one before ended.
    if (head === undefined) return { seq: 0, hash: NOTHING, ...last, first: 1 };
    if (last === undefined || last.seq < head.seq) {
      const isNew = last === undefined;
      if (!isNew) this.#log("trail.damaged", { reason: `it ends with line ${last.seq}, and was left at ${head.seq}` });
      return head;
    }
    if (last.seq === head.seq && last.hash !== head.hash) {
      this.#log("trail.damaged", { reason: `line ${last.seq} is not the one that was written` });
      return head;
    }
    return { ...last, first: head.first };
  }

  async #rotate({ seq }: ChainEnd): Promise<void> {
    const { path } = this.#options;
    const file = `${path}.${String(seq).padStart(12, "0")}`;
    await rename(path, file);
    this.#log("trail.rotated", { file });
  }

  async #forget(): Promise<void> {
    const known = this.#open;
    this.#open = undefined;
    await known?.file.close().catch(() => undefined);
  }

  #log(event: keyof typeof EVENTS, fields: Readonly<Record<string, string | number>>): void {
    const { level, message } = EVENTS[event];
    const { logger, sink, path } = this.#options;
    logger.log(level, event, message, { sink, path, ...fields });
  }
}

/** The file that tells where the chain stands, so that lines cut off its end are missed. */
const headPath = (path: string): string => `${path}.head`;

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? message : `cannot be written: ${code}`;
}

function unavailable(what: string, cause?: unknown): VexilError {
  if (VexilError.is(cause)) return cause;
  return new VexilError("VEXIL_UNAVAILABLE_SINK", `the audit trail ${what}`, { cause });
}
