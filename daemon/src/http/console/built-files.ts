import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";

/** A file of the console or the manual as it was built, and how else it was written then. */
export interface BuiltFile {
  readonly type: string;
  /** Of its content. */
  readonly etag: string;
  readonly bytes: Buffer;
  /** Content coding → the bytes. */
  readonly coded: ReadonlyMap<string, Buffer>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** Content codings, those that make less of it first, and how their files end. */
const CODINGS = { br: ".br", gzip: ".gz" } as const;

/** Beside which the console and the manual lie, whether the daemon is built or bundled. */
const DAEMON = dirname(createRequire(import.meta.url).resolve("@vexil/daemon/package.json"));

/** Where the console lies. */
const CONSOLE = join(DAEMON, "console", "dist");

/** Where the manual lies. */
export const MANUAL = join(DAEMON, "docs", "dist");

/**
 * Every file of the console, or of the manual, by its path below the folder, read once. Nothing that a request says
 * becomes a path: it names one of these or none.
 * @returns no file at all where it was not built
 */
export async function builtFiles(folder: string = CONSOLE): Promise<ReadonlyMap<string, BuiltFile>> {
  const names = [...(await namesIn(folder, "")), ...(await namesIn(folder, "assets/"))];
  const read = names.map(async (name) => [name, await builtFile(folder, name, names)] as const);
  const files = await Promise.all(read);
  return new Map(files.filter((entry): entry is [string, BuiltFile] => entry[1] !== undefined));
}

async function namesIn(folder: string, below: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(join(folder, below), { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => below + name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

async function builtFile(folder: string, name: string, all: readonly string[]): Promise<BuiltFile | undefined> {
  const type = TYPES[extname(name)];
  if (type === undefined) return undefined;
  const bytes = await readFile(join(folder, name));
  const coded = new Map<string, Buffer>();
  for (const [coding, ending] of Object.entries(CODINGS)) {
    if (all.includes(name + ending)) coded.set(coding, await readFile(join(folder, name + ending)));
  }
  return { type, etag: createHash("sha256").update(bytes).digest("hex").slice(0, 20), bytes, coded };
}
