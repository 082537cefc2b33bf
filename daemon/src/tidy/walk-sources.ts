import type { Dirent } from "node:fs";
import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isCasesPath, isFeaturesPath } from "@vexil/flags/read/feature-paths";
import ignore, { type Ignore } from "ignore";

/** A file of source code. */
export interface SourceFile {
  /** Seen from the directory. */
  readonly path: string;
  readonly text: string;
}

export interface SourceLimits {
  readonly files: number;
  readonly bytes: number;
  readonly fileBytes: number;
}

export const SOURCE_LIMITS: SourceLimits = { files: 100_000, bytes: 1e9, fileBytes: 2e6 };

/** Never anybody's own code. */
const ALWAYS_IGNORED: ReadonlySet<string> = new Set([".git", "node_modules"]);
const IGNORE_BYTES = 1e6;

interface Rules {
  /** Directory of the file, seen from the top. */
  readonly base: string;
  readonly rules: Ignore;
}

/**
 * Text files of a directory, without what its `.gitignore` files leave out, files with flags, links, and files that are
 * binary or too large.
 * @throws Error where there are more than the limit: a part would be taken for the whole
 */
export async function* walkSources(
  directory: string,
  {
    isLeftOut,
    limits = SOURCE_LIMITS,
  }: { readonly isLeftOut?: (path: string) => boolean; readonly limits?: SourceLimits } = {},
): AsyncGenerator<SourceFile> {
  let [files, bytes] = [0, 0];
  async function* walk(below: string, above: readonly Rules[]): AsyncGenerator<SourceFile> {
    const entries = (await readdir(join(directory, below), { withFileTypes: true })).sort(byName);
    const own = entries.some((entry) => entry.name === ".gitignore" && entry.isFile())
      ? await rulesOf(join(directory, below, ".gitignore"), below)
      : undefined;
    const rules = own === undefined ? above : [...above, own];
    for (const entry of entries) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (ALWAYS_IGNORED.has(entry.name) || isLeftOut?.(path) || isIgnored(path, entry.isDirectory(), rules)) continue;
      if (entry.isDirectory()) yield* walk(path, rules);
      if (!entry.isFile() || isFeaturesPath(path) || isCasesPath(path)) continue;
      const text = await textOf(join(directory, path), limits.fileBytes);
      if (text === undefined) continue;
      files += 1;
      bytes += text.length;
      if (files > limits.files || bytes > limits.bytes) {
        throw new Error(`${directory} has more than ${limits.files} files or ${limits.bytes} bytes; name a part of it`);
      }
      yield { path, text };
    }
  }
  yield* walk("", []);
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}

async function rulesOf(file: string, base: string): Promise<Rules | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.length > IGNORE_BYTES ? undefined : { base, rules: ignore().add(text) };
}

/** As git does: the rules nearest to a file count first. */
function isIgnored(path: string, isDirectory: boolean, all: readonly Rules[]): boolean {
  for (const { base, rules } of [...all].reverse()) {
    const inside = base === "" ? path : path.slice(base.length + 1);
    const { ignored, unignored } = rules.test(isDirectory ? `${inside}/` : inside);
    if (ignored || unignored) return ignored;
  }
  return false;
}

/** Undefined: the file is binary, too large, or cannot be read. */
async function textOf(path: string, most: number): Promise<string | undefined> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (size > most || size === 0) return undefined;
    const buffer = Buffer.alloc(size);
    const { bytesRead } = await file.read(buffer, 0, size, 0);
    const bytes = buffer.subarray(0, bytesRead);
    return bytes.includes(0) ? undefined : bytes.toString("utf8");
  } finally {
    await file.close();
  }
}
