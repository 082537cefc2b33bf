import { closeSync, constants, openSync, readSync, type Stats } from "node:fs";
import { hashObject, type Logger, nextTurn, type Oid } from "@vexil/plugin-api";
import { errnoOf } from "../disk/disk-error.js";
import { isRacy, lookAt, type StatKey, sameKey } from "../disk/stat-key.js";
import { hashLargeObject } from "../objects/object-hash.js";
import type { Conversion } from "./attributes.js";

/** A file's content as git would store it. */
export interface WorkContent {
  readonly oid: Oid;
  /** Present while it is wanted: content equal to the commit's is not kept. */
  readonly bytes: Buffer | undefined;
}

interface Known extends StatKey, WorkContent {
  readonly racy: boolean;
}

/** A path that counts, with what was found there last. */
export interface TrackedFile {
  /** As in git. */
  readonly path: string;
  /** As on disk. */
  readonly place: string;
  /** The content that the commit has there. */
  readonly stored: Oid | undefined;
  readonly conversion: Conversion;
  /** Its directory was walked. */
  readonly walked: boolean;
  known: Known | undefined;
}

/** Larger files are read and hashed with breaks. */
const STEP_BYTES = 2 * 2 ** 20;
/** A link or a pipe that took the file's place is neither followed nor waited for. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Contents of work tree files by their stat: an unchanged file is not read again. */
export class ContentCache {
  readonly #logger: Logger;
  /** Most of what is read is what was expected: no reason to allocate for it. */
  readonly #buffer = Buffer.allocUnsafeSlow(2 ** 18);

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Known content; undefined: no regular file; its stat: it has to be read. */
  look(file: TrackedFile): WorkContent | undefined | Stats {
    const stat = lookAt(file.place);
    if (stat === undefined || !stat.isFile()) return undefined;
    const { known } = file;
    const isKnown = known !== undefined && !known.racy && sameKey(known, stat);
    return isKnown && (known.oid === file.stored || known.bytes !== undefined) ? known : stat;
  }

  /**
   * Reads what is there.
   * @returns undefined when there is no regular file any more
   */
  async read(file: TrackedFile, stat: Stats, now: number): Promise<WorkContent | undefined> {
    const content = await this.#content(file, stat.size);
    if (content === undefined) return undefined;
    const { stored, conversion } = file;
    const [oid, bytes] = await asStored(content, stored, conversion);
    const { mtimeMs, ctimeMs, ino, size } = stat;
    const kept = oid === stored ? undefined : this.#owned(bytes);
    file.known = { mtimeMs, ctimeMs, ino, size, oid, racy: isRacy(stat, now), bytes: kept };
    return file.known;
  }

  async #content({ path, place }: TrackedFile, size: number): Promise<Buffer | undefined> {
    try {
      const fd = openSync(place, FLAGS);
      try {
        return size < this.#buffer.length ? this.#readSmall(fd) : await readLarge(fd, size);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (["ENOENT", "ENOTDIR", "ELOOP", "EISDIR", "ENXIO"].includes(errnoOf(error) ?? "")) return undefined;
      if (errnoOf(error) !== "EACCES") throw error;
      // Empty files are bad files: its namespaces keep what they have, and all others move on.
      this.#logger.log("warn", "file.unreadable", "a file of the work tree cannot be read", { path });
      return Buffer.alloc(0);
    }
  }

  /** The result is only good until the next call. */
  #readSmall(fd: number): Buffer {
    let filled = 0;
    for (;;) {
      const count = readSync(fd, this.#buffer, filled, this.#buffer.length - filled, null);
      filled += count;
      if (count === 0) return this.#buffer.subarray(0, filled);
      // It has grown meanwhile.
      if (filled === this.#buffer.length) return Buffer.concat([this.#buffer, readRest(fd)]);
    }
  }

  #owned(bytes: Buffer): Buffer {
    return bytes.buffer === this.#buffer.buffer ? Buffer.from(bytes) : bytes;
  }
}

async function readLarge(fd: number, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  while (filled < size) {
    const count = readSync(fd, bytes, filled, Math.min(STEP_BYTES, size - filled), null);
    if (count === 0) return bytes.subarray(0, filled);
    filled += count;
    await nextTurn();
  }
  const rest = readRest(fd);
  return rest.length === 0 ? bytes : Buffer.concat([bytes, rest]);
}

function readRest(fd: number): Buffer {
  const parts: Buffer[] = [];
  for (;;) {
    const part = Buffer.allocUnsafe(2 ** 16);
    const count = readSync(fd, part, 0, part.length, null);
    if (count === 0) return Buffer.concat(parts);
    parts.push(part.subarray(0, count));
  }
}

/**
 * Git stores LF where the attribute `text` is set. With `auto` it leaves binary content alone, and content that was
 * stored with CRLF.
 */
async function asStored(
  content: Buffer,
  stored: Oid | undefined,
  conversion: Conversion,
): Promise<readonly [Oid, Buffer]> {
  const oid = content.length > STEP_BYTES ? await hashLargeObject("blob", content) : hashObject("blob", content);
  if (oid === stored || conversion.type !== "text" || !content.includes("\r\n")) return [oid, content];
  if (conversion.auto && content.subarray(0, 8000).includes(0)) return [oid, content];
  const bytes = Buffer.from(content.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
  return [hashObject("blob", bytes), bytes];
}
