import { pathPattern } from "./path-pattern.js";

/** Conversion that git does to a file's content between the work tree and its objects. */
export type Conversion =
  | { readonly type: "none" }
  /** CRLF becomes LF on the way in. `auto`: only where the stored content has none. */
  | { readonly type: "text"; readonly auto: boolean }
  /** It needs a program or settings that are not ours to run. */
  | { readonly type: "unsupported"; readonly attribute: string };

/** true: set, false: unset, undefined: as if nothing were said. */
type Value = string | boolean | undefined;

interface Rule {
  readonly directory: string;
  readonly matches: (path: string) => boolean;
  readonly values: ReadonlyMap<string, Value>;
}

/** One file of attributes: its text, and the directory (`""` or `a/b/`) it speaks of. */
export interface AttributeFile {
  readonly directory: string;
  readonly text: string;
}

/** Attributes (gitattributes(5)) as far as they change content. */
export class Attributes {
  readonly #rules: readonly Rule[];

  /** @param files the strongest last: root directory before those below it, `info/attributes` at the end */
  constructor(files: readonly AttributeFile[]) {
    const macros = new Map<string, ReadonlyMap<string, Value>>([["binary", new Map([["text", false]])]]);
    this.#rules = files.flatMap((file) => [...parse(file, macros)]);
  }

  get empty(): boolean {
    return this.#rules.length === 0;
  }

  conversionOf(path: string): Conversion {
    const found = new Map<string, Value>();
    for (const { directory, matches, values } of this.#rules) {
      if (!path.startsWith(directory) || !matches(path.slice(directory.length))) continue;
      for (const [name, value] of values) found.set(name, value);
    }
    const text = found.get("text") ?? found.get("crlf");
    for (const name of ["filter", "working-tree-encoding", "ident"]) {
      const value = found.get(name);
      if (value !== undefined && value !== false) {
        return { type: "unsupported", attribute: value === true ? name : `${name}=${value}` };
      }
    }
    if (text === false) return { type: "none" };
    const eol = found.get("eol") ?? (text === "input" ? "lf" : undefined);
    if (typeof eol === "string") return { type: "unsupported", attribute: `eol=${eol}` };
    return text === undefined ? { type: "none" } : { type: "text", auto: text === "auto" };
  }
}

function* parse(file: AttributeFile, macros: Map<string, ReadonlyMap<string, Value>>): Generator<Rule> {
  for (const line of file.text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const [, quoted, plain, rest] = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"#]\S*))\s+(.*)$/.exec(line) ?? [];
    const pattern = quoted?.replace(/\\(.)/g, "$1") ?? plain;
    if (pattern === undefined || pattern.startsWith("!")) continue;
    const values = new Map<string, Value>();
    for (const word of (rest ?? "").split(/\s+/).filter((part) => part !== "")) {
      const [name, value] = readAttribute(word);
      if (value === true) for (const [inner, set] of macros.get(name) ?? []) values.set(inner, set);
      values.set(name, value);
    }
    if (pattern.startsWith("[attr]")) macros.set(pattern.slice(6), values);
    else yield { directory: file.directory, matches: pathPattern(pattern), values };
  }
}

function readAttribute(word: string): readonly [string, Value] {
  if (word.startsWith("-")) return [word.slice(1), false];
  if (word.startsWith("!")) return [word.slice(1), undefined];
  const equals = word.indexOf("=");
  return equals === -1 ? [word, true] : [word.slice(0, equals), word.slice(equals + 1)];
}
