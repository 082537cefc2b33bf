import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** This repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The version of everything in it. */
export const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Writes a file below a directory that may not be there yet. */
export function put(tree, path, content, mode = 0o644) {
  const target = join(tree, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content);
  chmodSync(target, mode);
}

/** Bytes of all files below a directory. */
export function sizeOf(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

/**
 * Runs a program to its end.
 * @returns what it printed
 * @throws Error when it is not installed or fails
 */
export function run(command, args, { env = {}, cwd = root, input } = {}) {
  const { status, error, stdout } = spawnSync(command, args, {
    cwd,
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  if (error?.code === "ENOENT") throw new Error(`${command} is needed and not installed`);
  if (status !== 0) throw new Error(`${command} ended with ${status ?? error?.message}`);
  return stdout;
}

/** Seconds since 1970 that packages are dated with, so that the same commit gives the same package. */
export function sourceDate() {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined && /^\d+$/.test(given)) return Number(given);
  const { stdout } = spawnSync("git", ["-C", root, "log", "-1", "--format=%ct"], { encoding: "utf8" });
  return Number(stdout?.trim() || "0");
}
