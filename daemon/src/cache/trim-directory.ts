import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

export interface TrimOptions {
  /** Names of files that count, with a group for what those have that are not finished; others stay. */
  readonly names: RegExp;
  /** Bytes that may stay. */
  readonly bytes: number;
  /** Names that go last. */
  readonly used: ReadonlySet<string>;
}

/** Files that may stay, however small. */
const MOST_FILES = 40_000;
/** Whoever writes a file has finished by then, or never will. */
const UNFINISHED_MS = 3_600_000;

interface Found {
  readonly name: string;
  readonly size: number;
  readonly changedAt: number;
}

/** Removes files until the others fit: first those not in use, of these the oldest. */
export async function trimDirectory(directory: string, { names, bytes, used }: TrimOptions): Promise<void> {
  const found: Found[] = [];
  for (const name of await readdir(directory)) {
    if (!names.test(name)) continue;
    const file = await stat(join(directory, name)).catch(() => undefined);
    if (file?.isFile() === true) found.push({ name, size: file.size, changedAt: file.mtimeMs });
  }
  const isFinished = ({ name }: Found): boolean => names.exec(name)?.[1] === undefined;
  const late = Date.now() - UNFINISHED_MS;
  const dropped = found.filter((file) => !isFinished(file) && file.changedAt < late);
  const finished = found.filter(isFinished).sort((a, b) => rank(a, used) - rank(b, used) || a.changedAt - b.changedAt);
  let size = finished.reduce((sum, file) => sum + file.size, 0);
  for (const [index, file] of finished.entries()) {
    if (size <= bytes && finished.length - index <= MOST_FILES) break;
    size -= file.size;
    dropped.push(file);
  }
  for (const { name } of dropped) await rm(join(directory, name), { force: true });
}

const rank = ({ name }: Found, used: ReadonlySet<string>): number => (used.has(name) ? 1 : 0);
