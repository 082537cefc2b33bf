import { type FileHandle, open, readFile, rename, stat } from "node:fs/promises";
import { makeOwnDirectory } from "./own-directory.js";

/** Lines in this time are written together. */
const BATCH_MS = 200;

/**
 * A file of lines that is only appended to, and begun anew when it has grown. Two of them are kept. Several daemons may
 * write to one: whoever finds that another has put it aside goes on in the new one.
 */
export class JournalFile {
  readonly #path: string;
  readonly #halfBytes: number;
  readonly #failed: (error: unknown) => void;
  readonly #head: () => readonly string[];
  #waiting: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #file: FileHandle | undefined;
  /** Bytes of the file that count. */
  #size = 0;
  /** Bytes of it that do not. */
  #free = 0;

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
      this.#file = await this.#current();
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

  /** The file as it lies there: another daemon may have put ours aside, or added to it. */
  async #current(): Promise<FileHandle> {
    const file = this.#file;
    if (file === undefined) return this.#open();
    const [own, there] = [await file.stat(), await stat(this.#path).catch(() => undefined)];
    if (own.ino === there?.ino) {
      this.#size = own.size - this.#free;
      return file;
    }
    await file.close();
    this.#file = undefined;
    this.#begin();
    return this.#open();
  }

  /** Lines that whoever reads the new file alone would miss. They do not count: there is room for others. */
  #begin(): void {
    const head = this.#head();
    this.#waiting.unshift(...head);
    this.#free = head.reduce((bytes, line) => bytes + Buffer.byteLength(line) + 1, 0);
  }

  async #open(): Promise<FileHandle> {
    await makeOwnDirectory(this.#path);
    const file = await open(this.#path, "a+", 0o600);
    const { size } = await file.stat();
    this.#size = size - this.#free;
    // A daemon that was killed may have left half a line.
    const last = Buffer.alloc(1);
    if (size > 0) {
      await file.read(last, 0, 1, size - 1);
      if (last[0] !== 0x0a) await file.write("\n");
    }
    return file;
  }

  async #rotate(file: FileHandle): Promise<void> {
    this.#file = undefined;
    await file.close();
    await rename(this.#path, this.#older);
    this.#begin();
  }
}
