import { mkdir, open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { SinkEvent } from "@vexil/plugin-api";

/** Of one file; the one before is kept, too. */
const MOST_BYTES = 10e6;

/** Why an event was put aside. */
export interface DropReason {
  readonly code: string;
  readonly message: string;
}

/** The file of what could not be delivered, a line of JSON for each event. */
export class DroppedEvents {
  readonly path: string;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }

  /** Resolves when it is on the disk. */
  add(event: SinkEvent, { code, message }: DropReason, nowMs: number): Promise<void> {
    const line = `${JSON.stringify({ at: new Date(nowMs).toISOString(), code, message, event })}\n`;
    const written = this.#writing.then(() => this.#append(line));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #append(line: string): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const size = await stat(this.path).then(
      (found) => found.size,
      () => 0,
    );
    if (size > MOST_BYTES) await rename(this.path, `${this.path}.1`);
    const file = await open(this.path, "a", 0o600);
    try {
      await file.appendFile(line);
      await file.datasync();
    } finally {
      await file.close();
    }
  }
}
