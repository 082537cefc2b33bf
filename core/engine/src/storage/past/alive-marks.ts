import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeOwnDirectory } from "./own-directory.js";

const SUFFIX = ".alive";

/**
 * Marks beside a journal by which daemons that keep it together know of each other: a file for each run, whose time is
 * when it was last alive. Whatever cannot be read or written is as if it were not there.
 */
export class AliveMarks {
  readonly #journal: string;

  /** @param journal path of the journal */
  constructor(journal: string) {
    this.#journal = journal;
  }

  /** Notes that a run is alive. */
  async touch(run: string, nowMs: number): Promise<void> {
    const path = this.#pathOf(run);
    const now = new Date(nowMs);
    try {
      await utimes(path, now, now).catch(async () => {
        await makeOwnDirectory(path);
        await writeFile(path, run, { mode: 0o600 });
        await utimes(path, now, now);
      });
    } catch {
      // The journal itself tells what keeps it from being written.
    }
  }

  async remove(run: string): Promise<void> {
    await rm(this.#pathOf(run), { force: true }).catch(() => undefined);
  }

  /** Runs that have not told their end, with when each was last alive: epoch milliseconds. */
  async all(): Promise<ReadonlyMap<string, number>> {
    const directory = dirname(this.#journal);
    const names = await readdir(directory).catch(() => []);
    const own = names.filter((name) => name.startsWith(`${basename(this.#journal)}.`) && name.endsWith(SUFFIX));
    const marks = await Promise.all(own.map((name) => markAt(join(directory, name))));
    return new Map(marks.flatMap((mark) => (mark === undefined ? [] : [mark])));
  }

  #pathOf(run: string): string {
    return `${this.#journal}.${createHash("sha256").update(run).digest("hex").slice(0, 16)}${SUFFIX}`;
  }
}

async function markAt(path: string): Promise<readonly [string, number] | undefined> {
  try {
    return [await readFile(path, "utf8"), (await stat(path)).mtimeMs];
  } catch {
    return undefined;
  }
}
