import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { errnoOf, unsupported } from "../disk/disk-error.js";

const MAX_INCLUDES = 10;

/** Values of git configuration files (git-config(1), "CONFIGURATION FILE"). Later files and lines win. */
export class GitConfig {
  readonly #values = new Map<string, string[]>();

  /** Adds a file and what its `include.path` names; a missing file adds nothing. Conditional includes are not read. */
  addFile(path: string, depth = 0): this {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return this;
      throw unsupported(`cannot read ${path}: ${errnoOf(error) ?? "unknown error"}`, error);
    }
    for (const [key, value] of parseGitConfig(text, path)) {
      this.#values.set(key, [...(this.#values.get(key) ?? []), value]);
      if (key !== "include.path" || depth >= MAX_INCLUDES) continue;
      const target = value.startsWith("~/") ? join(homedir(), value.slice(2)) : value;
      this.addFile(isAbsolute(target) ? target : join(dirname(path), target), depth + 1);
    }
    return this;
  }

  get(key: string): string | undefined {
    return this.#values.get(key)?.at(-1);
  }

  all(key: string): readonly string[] {
    return this.#values.get(key) ?? [];
  }

  flag(key: string): boolean | undefined {
    const value = this.get(key)?.toLowerCase();
    return value === undefined ? undefined : ["true", "yes", "on", "1"].includes(value);
  }

  /** Names set in a section, with their last values. */
  section(name: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [key, values] of this.#values) {
      if (key.startsWith(`${name}.`)) found.set(key.slice(name.length + 1), values.at(-1) ?? "");
    }
    return found;
  }
}

const SECTION = /^\s*\[\s*([-.A-Za-z0-9]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/;
const VARIABLE = /^\s*([A-Za-z][-A-Za-z0-9]*)\s*(?:=|(?=[#;]|$))/;

/** @returns keys as `section.subsection.name`, the section and the name in lower case */
export function parseGitConfig(text: string, file: string): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  let section = "";
  for (let index = 0; index < lines.length; index += 1) {
    let line = lines[index] ?? "";
    const header = SECTION.exec(line);
    if (header !== null) {
      const subsection = header[2]?.replace(/\\(.)/g, "$1");
      section = (header[1] ?? "").toLowerCase() + (subsection === undefined ? "" : `.${subsection}`);
      line = line.slice(header[0].length);
    }
    if (/^\s*(?:[#;].*)?$/.test(line)) continue;
    const variable = VARIABLE.exec(line);
    if (variable === null || section === "") throw unsupported(`${file}:${index + 1} is not git configuration`);
    const key = `${section}.${(variable[1] ?? "").toLowerCase()}`;
    if (!variable[0].endsWith("=")) {
      found.push([key, "true"]);
      continue;
    }
    let raw = line.slice(variable[0].length);
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(raw) && index + 1 < lines.length) {
      index += 1;
      raw = raw.slice(0, -1) + (lines[index] ?? "");
    }
    found.push([key, parseValue(raw)]);
  }
  return found;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", b: "\b" };

/** Quotes protect spaces and comment signs; a backslash escapes; white space at the ends goes. */
function parseValue(raw: string): string {
  let value = "";
  let kept = 0;
  let quoted = false;
  for (let at = 0; at < raw.length; at += 1) {
    const char = raw[at] ?? "";
    if (char === '"') {
      quoted = !quoted;
      kept = value.length;
    } else if (char === "\\") {
      at += 1;
      value += ESCAPES[raw[at] ?? ""] ?? raw[at] ?? "";
      kept = value.length;
    } else if (!quoted && (char === "#" || char === ";")) {
      break;
    } else if (quoted || !/\s/.test(char)) {
      value += char;
      kept = value.length;
    } else if (value !== "") {
      value += char;
    }
  }
  return value.slice(0, kept);
}
