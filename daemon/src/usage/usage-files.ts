import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import writeFileAtomic from "write-file-atomic";
import { hourOf, startOf } from "./hour-counts.js";
import { parseRows, rowsText, type UsageRow } from "./usage-rows.js";

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** A file of the largest installation stays far below; what is larger is none of ours. */
const MOST_BYTES = 64e6;
const ENDING = ".json.gz";
const NAME = /^(\d{4}-\d{2}-\d{2})T(\d{2})\.[0-9a-f]+$/;
/** Leftovers of a writer that was killed. */
const UNFINISHED = /^\d{4}-\d{2}-\d{2}T\d{2}\.[0-9a-f]+\.json\.gz\.\d+$/;
const UNFINISHED_MS = 3_600_000;

/**
 * Counts on the disk: a directory with files `<hour>.<id>.json.gz`, each of them one daemon's counts of one hour, so that
 * nobody changes what another has written.
 */
export class UsageFiles {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Puts a file in the place of the one before: whole, or not at all. */
  async write(name: string, rows: Iterable<UsageRow>): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    await writeFileAtomic(join(this.directory, name + ENDING), await zip(await rowsText(rows)), { mode: 0o600 });
  }

  /** Reads all files one by one; what is wrong with one is told, and the others count. */
  async read(
    take: (hour: number, rows: readonly UsageRow[], name: string) => Promise<void>,
    failed: (file: string, error: unknown) => void,
  ) {
    for (const [name, hour] of await this.#names()) {
      try {
        await take(hour, await parseRows(await this.#text(name)), name);
      } catch (error) {
        failed(join(this.directory, name + ENDING), error);
      }
    }
  }

  /** One file's counts; none where there is no such file. */
  async rows(name: string): Promise<readonly UsageRow[]> {
    try {
      return await parseRows(await this.#text(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  /** Removes files of earlier hours, and what was never finished. */
  async removeBefore(hour: number, nowMs: number): Promise<void> {
    for (const [name, of] of await this.#names()) {
      if (of < hour) await rm(join(this.directory, name + ENDING), { force: true });
    }
    const names = await readdir(this.directory).catch(() => []);
    for (const path of names.filter((name) => UNFINISHED.test(name)).map((name) => join(this.directory, name))) {
      const made = await stat(path).catch(() => undefined);
      if (made !== undefined && nowMs - made.mtimeMs > UNFINISHED_MS) await rm(path, { force: true });
    }
  }

  async #text(name: string): Promise<string> {
    const path = join(this.directory, name + ENDING);
    if ((await stat(path)).size > MOST_BYTES) throw new Error("it is too large");
    return (await unzip(await readFile(path), { maxOutputLength: 4 * MOST_BYTES })).toString("utf8");
  }

  async #names(): Promise<readonly (readonly [name: string, hour: number])[]> {
    const names = await readdir(this.directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    return names.sort().flatMap((file) => {
      const name = file.endsWith(ENDING) ? file.slice(0, -ENDING.length) : "";
      const hour = hourNamed(name);
      return hour === undefined ? [] : [[name, hour] as const];
    });
  }
}

/** A name for counts of an hour that nobody else has. */
export function newHourName(hour: number): string {
  return `${new Date(startOf(hour)).toISOString().slice(0, 13)}.${randomBytes(8).toString("hex")}`;
}

/** The hour of such a name; undefined: it is none. */
export function hourNamed(name: string): number | undefined {
  const [, day, hour] = NAME.exec(name) ?? [];
  const time = Date.parse(`${day}T${hour}:00:00Z`);
  return day === undefined || Number.isNaN(time) ? undefined : hourOf(time);
}
