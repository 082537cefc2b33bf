import { randomUUID } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VexilError } from "@vexil/plugin-api/errors";
import type { PackPlace } from "./pack-source.js";

/** Packs above this go to a file: almost none of a poll's are. */
const MEMORY_BYTES = 4 * 1024 * 1024;
const WRITE_BYTES = 1024 * 1024;

/**
 * Keeps a pack while it arrives: a small one in memory, a larger one in a temporary file without a name, so that
 * nothing stays behind whatever happens to the process.
 */
export class PackSpool {
  sizeBytes = 0;
  #chunks: Uint8Array[] = [];
  #waiting = 0;
  #file: FileHandle | undefined;
  #written = 0;
  /** There is nowhere to write to: memory has to do. */
  #stays = false;

  /** Takes the next bytes. Whoever brings them waits for what this returns: memory holds no more than the disk lags. */
  take(chunk: Uint8Array): Promise<void> | undefined {
    this.sizeBytes += chunk.byteLength;
    this.#chunks.push(chunk);
    this.#waiting += chunk.byteLength;
    const most = this.#file === undefined ? MEMORY_BYTES : WRITE_BYTES;
    return this.#waiting > most && !this.#stays ? this.#write() : undefined;
  }

  /** Where all of it is; it stays there until `close`. */
  async place(): Promise<PackPlace> {
    if (this.#file === undefined) {
      const bytes = Buffer.concat(this.#chunks);
      this.#chunks = [bytes];
      return { type: "bytes", bytes };
    }
    await this.#write();
    return { type: "file", fd: this.#file.fd, size: this.#written };
  }

  /** Idempotent. Nobody may read the file any more. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#chunks = [];
    this.#stays = true;
    await file?.close();
  }

  async #write(): Promise<void> {
    this.#file ??= await nameless();
    if (this.#file === undefined) {
      this.#stays = true;
      return;
    }
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#waiting = 0;
    try {
      for (let at = 0; at < bytes.byteLength; ) {
        const { bytesWritten } = await this.#file.write(bytes, at, bytes.byteLength - at, this.#written + at);
        at += bytesWritten;
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `a large download cannot be kept in ${tmpdir()} (make room, or set TMPDIR): ${why}`;
      throw new VexilError("VEXIL_UNAVAILABLE_SPACE", message, { details: { step: "pack" }, cause: error });
    }
    this.#written += bytes.byteLength;
  }
}

/** A temporary file that nobody else can open, and that is gone as soon as it is closed; undefined where none can be made. */
async function nameless(): Promise<FileHandle | undefined> {
  const path = join(tmpdir(), `vexil-${randomUUID()}.pack`);
  const file = await open(path, "wx+", 0o600).catch(() => undefined);
  if (file !== undefined) await rm(path, { force: true });
  return file;
}
