import { type FileHandle, mkdir, open, readFile, rename, stat, utimes } from "node:fs/promises";
import { dirname } from "node:path";

/** Lines in this time are written together. */
const BATCH_MS = 200;

/** A file of lines that is only appended to, and begun anew when it has grown. Two of them are kept. */
export class JournalFile {
  readonly #path: string;
  readonly #halfBytes: number;
  readonly #failed: (error: unknown) => void;
  readonly #head: () => readonly string[];
  #waiting: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #file: FileHandle | undefined;
  #size = 0;

  /**
   * @param bytes of both files together
   * @param head lines that a new file begins with
   */
  constructor(path: string, bytes: number, head: () => readonly string[], failed: (error: unknown) => void) {
    this.#path = path;
    this.#halfBytes = bytes / 2;
    this.#head = head;
    this.#failed = failed;
  }

  /** When something was last written, epoch milliseconds; undefined: never. */
  async lastWritten(): Promise<number | undefined> {
    return stat(this.#path).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
  }

  /** All lines, the oldest first. A missing file has none. */
  async read(): Promise<string> {
    await this.flush();
    const texts = await Promise.all([this.#older, this.#path].map((path) => readFile(path, "utf8").catch(() => "")));
    return texts.join("\n");
  }

  append(line: string): void {
    this.#waiting.push(line);
    this.#timer ??= setTimeout(() => void this.flush(), BATCH_MS).unref();
  }

  /** Notes that there is nothing new. */
  async touch(nowMs: number): Promise<void> {
    const now = new Date(nowMs);
    await utimes(this.#path, now, now).catch(() => undefined);
  }

  /** Resolves when all lines so far are on the disk, or have failed. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write()).catch(this.#failed);
    return this.#writing;
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#file?.close().catch(() => undefined);
    this.#file = undefined;
  }

  get #older(): string {
    return `${this.#path}.1`;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#file ??= await this.#open();
      const lines: string[] = [];
      let length = 0;
      // As many as have room, and one in any case.
      while (this.#waiting.length > 0 && (length === 0 || this.#size + length <= this.#halfBytes)) {
        const line = `${this.#waiting.shift()}\n`;
        lines.push(line);
        length += Buffer.byteLength(line);
      }
      await this.#file.write(lines.join(""));
      await this.#file.datasync();
      this.#size += length;
      if (this.#size > this.#halfBytes) await this.#rotate(this.#file);
    }
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.#path), { recursive: true });
    const file = await open(this.#path, "a+", 0o600);
    this.#size = (await file.stat()).size;
    // A daemon that was killed may have left half a line.
    const last = Buffer.alloc(1);
    if (this.#size > 0) {
      await file.read(last, 0, 1, this.#size - 1);
      if (last[0] !== 0x0a) await file.write("\n");
    }
    return file;
  }

  async #rotate(file: FileHandle): Promise<void> {
    this.#file = undefined;
    await file.close();
    await rename(this.#path, this.#older);
    const head = this.#head();
    this.#waiting.unshift(...head);
    // It does not count: however much it is, there is room for others.
    this.#size = -head.reduce((bytes, line) => bytes + Buffer.byteLength(line) + 1, 0);
  }
}
