import { readFileSync } from "node:fs";
import type { Logger, Oid } from "@vexil/core/plugin";
import { errnoOf } from "../disk/disk-error.js";
import { isRacy, lookAt, type StatKey, sameKey } from "../disk/stat-key.js";
import { hashObject } from "../objects/object-hash.js";
import type { Conversion } from "./attributes.js";

/** A file's content as git would store it. */
export interface WorkContent {
  readonly oid: Oid;
  /** Present while it is wanted: content equal to the commit's is not kept. */
  readonly bytes: Buffer | undefined;
}

interface Known extends StatKey {
  readonly oid: Oid;
  readonly racy: boolean;
  bytes: Buffer | undefined;
}

/** Contents of work tree files by their stat: an unchanged file is not read again. */
export class ContentCache {
  readonly #root: string;
  readonly #logger: Logger;
  #known = new Map<string, Known>();
  #next = new Map<string, Known>();
  #conversions: unknown;

  constructor(root: string, logger: Logger) {
    this.#root = root;
    this.#logger = logger;
  }

  /** Begins a scan: what is not looked at until `finish` is forgotten. `rules`: another object means other rules. */
  start(rules: unknown): void {
    if (rules !== this.#conversions) this.#known = new Map();
    this.#conversions = rules;
    this.#next = new Map();
  }

  finish(): void {
    this.#known = this.#next;
  }

  /**
   * @param stored the content it is compared with: if equal, its bytes are not kept
   * @returns undefined when there is no regular file
   */
  look(path: string, stored: Oid | undefined, conversion: Conversion, now: number): WorkContent | undefined {
    const stat = lookAt(this.#root + path);
    if (!stat?.isFile()) return undefined;
    const known = this.#known.get(path);
    if (known !== undefined && !known.racy && sameKey(known, stat) && (known.oid === stored || known.bytes)) {
      if (known.oid === stored) known.bytes = undefined;
      this.#next.set(path, known);
      return known;
    }
    const content = this.#read(path);
    if (content === undefined) return undefined;
    const [oid, bytes] = asStored(content, stored, conversion);
    const { mtimeMs, ctimeMs, ino, size } = stat;
    const entry = {
      mtimeMs,
      ctimeMs,
      ino,
      size,
      oid,
      racy: isRacy(stat, now),
      bytes: oid === stored ? undefined : bytes,
    };
    this.#next.set(path, entry);
    return entry;
  }

  #read(path: string): Buffer | undefined {
    try {
      return readFileSync(this.#root + path);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      if (errnoOf(error) !== "EACCES") throw error;
      // Empty files are bad files: its namespaces keep what they have, and all others move on.
      this.#logger.log("warn", "file.unreadable", "a file of the work tree cannot be read", { path });
      return Buffer.alloc(0);
    }
  }
}

/**
 * Git stores LF where the attribute `text` is set. With `auto` it leaves binary content alone, and content that was
 * stored with CRLF.
 */
function asStored(content: Buffer, stored: Oid | undefined, conversion: Conversion): readonly [Oid, Buffer] {
  const oid = hashObject("blob", content);
  if (oid === stored || conversion.type !== "text" || !content.includes("\r\n")) return [oid, content];
  if (conversion.auto && content.subarray(0, 8000).includes(0)) return [oid, content];
  const bytes = Buffer.from(content.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
  return [hashObject("blob", bytes), bytes];
}
