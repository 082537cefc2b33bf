import crypto = require("node:crypto");
import fs = require("node:fs");
import nodeModule = require("node:module");
import path = require("node:path");
import v8 = require("node:v8");
import vm = require("node:vm");

/** By then a start is over, and what it needed is compiled. */
const KEEP_AFTER_MS = 5_000;
/** Other releases of Node, and other options of V8, make others of the same code. */
const MOST_KEPT = 4;
const DIGEST_BYTES = 32;
/** What Node puts around a file of CommonJS. */
const [HEAD, TAIL] = ["(function (exports, require, module, __filename, __dirname) {", "\n})"].map((part) =>
  Buffer.from(part),
) as [Buffer, Buffer];

/**
 * Runs a file of CommonJS with what V8 made of it in an earlier start, which is kept in `cache` beside it: where only who
 * may change the code can write. Without that directory, or that right, the code is compiled as ever.
 * @param file absolute; its last line, a comment, tells one version of it from another
 */
function runCode(file: string): void {
  const directory = path.join(path.dirname(file), "cache");
  const { enableCompileCache, flushCompileCache } = nodeModule as unknown as {
    readonly enableCompileCache?: (directory: string) => void;
    readonly flushCompileCache?: () => void;
  };
  if (enableCompileCache === undefined) {
    runScript(file, directory);
    return;
  }
  // From Node 22.1 on it does all this by itself, and keeps the code when the process ends, which may be late.
  enableCompileCache(directory);
  nodeModule.createRequire(file)(file);
  if (flushCompileCache !== undefined) setTimeout(flushCompileCache, KEEP_AFTER_MS).unref();
}

function runScript(file: string, directory: string): void {
  const code = fs.readFileSync(file);
  const version = code.toString("latin1", code.lastIndexOf("\n", code.length - 2) + 1).trim();
  // V8 keeps the text for as long as the process lives. Put together of bytes there is one copy of it: of strings there
  // would be two, since a part of a string keeps all of it. One byte for a character: the bundler writes no other.
  const text = Buffer.concat([HEAD, code, TAIL]).toString("latin1");
  // What V8 makes of code depends on its release, its options and the processor.
  const name = `${path.basename(file, ".js")}-${v8.cachedDataVersionTag().toString(16)}.code`;
  const cachedData = readKept(path.join(directory, name), version, file);
  const script = new vm.Script(text, { filename: file, ...(cachedData !== undefined && { cachedData }) });
  // A script has no import() of its own without a warning.
  const module = { exports: {}, importModule: (url: string): Promise<unknown> => import(url) };
  script.runInThisContext()(module.exports, nodeModule.createRequire(file), module, file, path.dirname(file));
  if (cachedData !== undefined && script.cachedDataRejected !== true) return;
  setTimeout(() => keep(directory, name, version, script.createCachedData()), KEEP_AFTER_MS).unref();
}

/** @returns undefined where nothing is kept, or something that this code did not become, or somebody else's */
function readKept(path: string, version: string, file: string): Buffer | undefined {
  try {
    const descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    try {
      const { uid, mode } = fs.fstatSync(descriptor);
      const isOurs = uid === process.geteuid?.() || uid === fs.statSync(file).uid;
      if (!isOurs || (mode & 0o022) !== 0) return undefined;
      const kept = fs.readFileSync(descriptor);
      const code = kept.subarray(DIGEST_BYTES);
      return digestOf(version, code).equals(kept.subarray(0, DIGEST_BYTES)) ? code : undefined;
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** Torn and damaged files are told by it: V8 itself looks no closer than at the length. */
function digestOf(version: string, code: Buffer): Buffer {
  return crypto.createHash("sha256").update(`${version}\n`).update(code).digest();
}

function keep(directory: string, name: string, version: string, code: Buffer): void {
  const written = path.join(directory, `${name}.${process.pid}`);
  try {
    fs.mkdirSync(directory, { recursive: true, mode: 0o755 });
    fs.writeFileSync(written, Buffer.concat([digestOf(version, code), code]), { mode: 0o644, flag: "wx" });
    fs.renameSync(written, path.join(directory, name));
    dropOld(directory, name);
  } catch {
    // Not ours to write to, or full: the next start is no faster then.
    drop(written);
  }
}

function drop(path: string): void {
  try {
    fs.rmSync(path, { force: true });
  } catch {
    // Where nothing can be written, nothing was.
  }
}

/** Leaves the newest files of the same code. */
function dropOld(directory: string, name: string): void {
  const prefix = name.slice(0, name.lastIndexOf("-") + 1);
  const others = fs
    .readdirSync(directory)
    .filter((other) => other !== name && other.startsWith(prefix))
    .map((other) => path.join(directory, other))
    .sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs);
  for (const old of others.slice(MOST_KEPT - 1)) drop(old);
}

export = runCode;
