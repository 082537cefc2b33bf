import { randomUUID } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VexilError } from "@vexil/plugin-api/errors";
import type { PackPlace } from "./pack-source.js";

/** Packs above this go to a file: almost none of a poll's are. */
const MEMORY_BYTES = 1024 * 1024;
const FIRST_BYTES = 64 * 1024;
/** Room for the piece that goes beyond. */
const ROOM_BYTES = MEMORY_BYTES + 128 * 1024;

/**
 * Keeps a pack while it arrives: a small one in memory, a larger one in a temporary file without a name, so that
 * nothing stays behind whatever happens to the process.
 */
export class PackSpool {
  sizeBytes = 0;
  /** Bytes that are not written yet: one buffer, however small the pieces are. */
  #buffer = Buffer.alloc(0);
  #filled = 0;
  #file: FileHandle | undefined;
  #written = 0;
  /** There is nowhere to write to: memory has to do. */
  #stays = false;

  /** Takes the next bytes. Whoever brings them waits for what this returns: memory holds no more than the disk lags. */
  take(chunk: Uint8Array): Promise<void> | undefined {
    this.sizeBytes += chunk.byteLength;
    this.#makeRoom(this.#filled + chunk.byteLength);
    this.#buffer.set(chunk, this.#filled);
    this.#filled += chunk.byteLength;
    return this.#filled > MEMORY_BYTES && !this.#stays ? this.#write() : undefined;
  }

  /** Where all of it is; it stays there until `close`. */
  async place(): Promise<PackPlace> {
    if (this.#file === undefined) return { type: "bytes", bytes: this.#buffer.subarray(0, this.#filled) };
    await this.#write();
    return { type: "file", fd: this.#file.fd, size: this.#written };
  }

  /** Idempotent. Nobody may read the file any more. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#buffer = Buffer.alloc(0);
    this.#filled = 0;
    this.#stays = true;
    await file?.close();
  }

  #makeRoom(bytes: number): void {
    const room = this.#buffer.byteLength;
    if (bytes <= room) return;
    const doubled = Math.max(FIRST_BYTES, room * 2);
    const grown = Buffer.allocUnsafeSlow(Math.max(bytes, this.#stays ? doubled : Math.min(ROOM_BYTES, doubled)));
    grown.set(this.#buffer.subarray(0, this.#filled));
    this.#buffer = grown;
  }

  async #write(): Promise<void> {
    this.#file ??= await nameless();
    if (this.#file === undefined) {
      this.#stays = true;
      return;
    }
    const bytes = this.#buffer.subarray(0, this.#filled);
    this.#filled = 0;
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
