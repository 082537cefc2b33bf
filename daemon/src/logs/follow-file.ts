import { watch } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname } from "node:path";

const CHUNK_BYTES = 64 * 1024;
/** How often a file is looked at when nothing announces a change (network file systems). */
const LOOK_MS = 500;

export interface FollowOptions {
  /** Go on after the end. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** The bytes of a file, and with `follow` what is added to it: after it is truncated, or moved away and made anew, too. */
export async function* followFile(path: string, { follow, signal }: FollowOptions): AsyncGenerator<Buffer> {
  let file = await open(path);
  try {
    let position = 0;
    while (!signal.aborted) {
      for await (const chunk of readFrom(file, position)) {
        position += chunk.length;
        yield chunk;
      }
      if (!follow) return;
      const now = await current(path);
      const own = await file.stat();
      if (now !== undefined && now.ino !== own.ino) {
        // What came between the last read and the move is still in the old file.
        for await (const chunk of readFrom(file, position)) yield chunk;
        await file.close();
        file = await open(path);
        position = 0;
        continue;
      }
      if (own.size < position) position = 0;
      else if (own.size === position) await changed(path, signal);
    }
  } finally {
    await file.close();
  }
}

async function* readFrom(file: FileHandle, start: number): AsyncGenerator<Buffer> {
  let position = start;
  while (true) {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function current(path: string): Promise<{ ino: number } | undefined> {
  try {
    return await stat(path);
  } catch {
    return undefined; // moved away, and not made again yet
  }
}

/** Resolves when something happens in the file's directory, or after a while. */
function changed(path: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(dirname(path), { persistent: false }, () => done());
    const timer = setTimeout(() => done(), LOOK_MS);
    const done = (): void => {
      clearTimeout(timer);
      watcher.close();
      signal.removeEventListener("abort", done);
      resolve();
    };
    watcher.on("error", done);
    signal.addEventListener("abort", done);
  });
}
