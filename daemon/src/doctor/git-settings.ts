import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where git looks for what holds for this user, weakest first (git-config(1), "FILES"). */
export function gitConfigsOfUser(): readonly string[] {
  const home = homedir();
  const xdg = process.env.XDG_CONFIG_HOME || join(home, ".config");
  return ["/etc/gitconfig", join(xdg, "git", "config"), join(home, ".gitconfig")];
}

/**
 * Tells whether `safe.directory` lets this user work in a directory of another one; an empty entry forgets those
 * before.
 */
export function isTrusted(directory: string, files: readonly string[]): boolean {
  let trusted = false;
  for (const entry of files.flatMap((file) => gitSettings(file, "safe", "directory"))) {
    if (entry === "") trusted = false;
    else if (entry === "*" || entry === directory) trusted = true;
    else if (entry.endsWith("/*") && directory.startsWith(entry.slice(0, -1))) trusted = true;
  }
  return trusted;
}

/** All values of a setting in one file, in order; a setting without a value is true. */
export function gitSettings(file: string, section: string, name: string): readonly string[] {
  if (!existsSync(file)) return [];
  const values: string[] = [];
  let current = "";
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const heading = /^\s*\[\s*([-.a-z0-9]+)(\s+"[^"]*")?\s*\]/i.exec(line);
    if (heading !== null) current = heading[2] === undefined ? (heading[1] ?? "").toLowerCase() : "";
    const setting = /^\s*([a-z][-a-z0-9]*)\s*(?:=\s*"?([^"#;]*?)"?\s*)?$/i.exec(line);
    if (current === section && setting?.[1]?.toLowerCase() === name) values.push(setting[2] ?? "true");
  }
  return values;
}
