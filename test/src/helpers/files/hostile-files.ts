import type { Random } from "../../soak/random.js";

/** A file that is meant to do harm. */
export interface HostileFile {
  /** The kind of harm; stable, for reports. */
  readonly kind: string;
  readonly name: "features.yaml" | "features.json" | "flipt.yaml";
  readonly content: string | Uint8Array;
}

const fill = (unit: string, size: number): string => unit.repeat(Math.max(1, Math.floor(size / unit.length)));
const staircase = (line: string, levels: number): string =>
  Array.from({ length: levels }, (_, level) => " ".repeat(level) + line).join("\n");
const numbered = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join("");

/** Texts of a size by the harm they do, which grows with the size. */
const YAML: Readonly<Record<string, (size: number) => string>> = {
  "quoted brackets": (size) => fill('["["', size),
  brackets: (size) => fill("[", size),
  braces: (size) => fill("{a: ", size),
  "lists of maps": (size) => fill("- {a: [", size),
  "dashes on a line": (size) => fill("- ", size),
  "question marks on a line": (size) => fill("? ", size),
  "colons on a line": (size) => fill(": ", size),
  "question marks in brackets": (size) => `[${fill("? ", size)}`,
  "maps by indentation": (size) => staircase("a:", Math.floor(Math.sqrt(2 * size))),
  "lists by indentation": (size) => staircase("-", Math.floor(Math.sqrt(2 * size))),
  "brackets behind an unclosed quote": (size) => `a: "\n${fill("[", size)}`,
  "brackets by lines": (size) => `a:\n${fill(" [\n", size)}`,
  "keys on a line": (size) => fill("a: ", size),
  "keys with tabs": (size) => fill("a:\t", size),
  quotes: (size) => fill('"', size),
  apostrophes: (size) => fill("'", size),
  "quotes and blanks": (size) => fill('" ', size),
  "unclosed flow maps": (size) => `{${fill("a: b, ", size)}`,
  "unclosed flow lists": (size) => `[${fill("{a: 1}, ", size)}`,
  commas: (size) => `[${fill(",", size)}`,
  "closing brackets": (size) => fill("]", size),
  "empty keys": (size) => fill(":\n", size),
  anchors: (size) => fill("&a ", size),
  "anchors of lists": (size) => numbered(size / 10, (index) => `- &k${index} 1\n`),
  tags: (size) => fill("!t ", size),
  "tags of nobody": (size) => fill("!a!b ", size),
  directives: (size) => fill("%a\n", size),
  "versions of YAML": (size) => fill("%YAML 1.1\n---\n", size),
  documents: (size) => fill("---\n", size),
  "ends of documents": (size) => fill("...\n", size),
  "documents with namespaces": (size) => numbered(size / 20, (index) => `---\nnamespace: n${index}\n`),
  "faulty documents with namespaces": (size) => numbered(size / 25, (index) => `---\nnamespace: n${index}\nx: y\n`),
  "merge keys": (size) => `a: &a {x: 1}\nb:\n${fill("  <<: *a\n", size)}`,
  "merges of lists": (size) => `a: &a {x: 1}\nb: {<<: [${fill("*a,", size)}]}`,
  "a bomb of merges": (size) =>
    `a: &a {${numbered(size / 40, (index) => `k${index}: 1, `)}}\nb: [${fill("{<<: *a},", size / 2)}]\n`,
  "a bomb of aliases": () =>
    `a0: &a0 [x,x,x,x,x,x,x,x]\n${numbered(12, (i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(8)}]\n`)}`,
  "aliases of a long text": (size) => `a: &a ${fill("x", size / 2)}\nb: [${fill("*a,", size / 2)}]\n`,
  "aliases of a long key": (size) => `? &a ${fill("x", size / 2)}\n: 1\nb: {${fill("? *a\n: 2\n,", size / 2)}}\n`,
  "a long key": (size) => `${fill("a", size)}: b`,
  "a long line of comments": (size) => `a: b # ${fill("# ", size)}`,
  "lines of comments": (size) => fill("# \n", size),
  "blank lines": (size) => fill("\n", size),
  "lines of blanks": (size) => fill("  \n", size),
  "carriage returns": (size) => fill("a\r", size),
  tabs: (size) => fill("\t", size),
  "many keys": (size) => numbered(size / 9, (index) => `k${index}: 1\n`),
  "one key many times": (size) => fill("a: 1\n", size),
  "many small flags": (size) => `namespace: hostile\nflags: [${fill("{key: a},", size)}]\n`,
  "many faults": (size) => `namespace: hostile\nflags:\n${fill("- 1\n", size)}`,
  "many small segments": (size) =>
    `namespace: hostile\nsegments:\n${numbered(size / 50, (index) => `- {key: s${index}, name: s, match_type: ALL_MATCH_TYPE}\n`)}`,
  "many variants": (size) =>
    `namespace: hostile\nflags:\n- key: f\n  name: f\n  variants:\n${numbered(size / 16, (index) => `  - {key: v${index}}\n`)}`,
  "many rules": (size) =>
    `namespace: hostile\nsegments: [{key: s, name: s, match_type: ALL_MATCH_TYPE}]\nflags:\n- key: f\n  name: f\n  rules:\n${fill("  - {segment: s}\n", size)}`,
  "a wide attachment": (size) =>
    `namespace: hostile\nflags:\n- key: f\n  name: f\n  variants: [{key: v, attachment: {a: [${fill("0,", size)}]}}]\n`,
  "a long block": (size) => `a: |\n${fill(" a\n", size)}`,
  "a long folded block": (size) => `a: >\n${fill(" a\n\n", size)}`,
  escapes: (size) => `a: "${fill("\\u0041", size)}"`,
  "bad escapes": (size) => `a: "${fill("\\q", size)}"`,
  NULs: (size) => fill("a: \u0000\n", size),
  "control characters": (size) => fill("a: \u0001\n", size),
  "line separators": (size) => fill("a\u2028", size),
  prototypes: (size) => fill("__proto__: {__proto__: 1}\n", size),
  "numbers that go on": (size) => `a: ${fill("1", size)}\nb: 0x${fill("f", size)}\nc: 1e${fill("9", size)}\n`,
  "sixty levels": (size) =>
    fill(`${"[".repeat(60)}${"]".repeat(60)},\n`, size)
      .replace(/^/, "[")
      .concat("]"),
};

const JSON_TEXTS: Readonly<Record<string, (size: number) => string>> = {
  "JSON lists": (size) => fill("[", size),
  "JSON maps": (size) => fill('{"a":', size),
  "JSON with many keys": (size) => `{${numbered(size / 12, (index) => `"k${index}":1,`)}"z":1}`,
  "JSON with one key many times": (size) => `{${fill('"a":1,', size)}"a":1}`,
  "JSON that is cut": (size) => `{"a":[${fill("1,", size)}`,
  "JSON with faults": (size) => fill("{]", size),
  "JSON with backslashes": (size) => `"${fill("\\\\", size)}`,
  "JSON with a long number": (size) => `{"a":${fill("9", size)}}`,
};

const TEMPLATES: Readonly<Record<string, (size: number) => string>> = {
  "a template of parentheses": (size) => `{{${fill("(", size)}`,
  "a template of ifs": (size) => fill("{{if .Changes}}", size),
  "a template of elses": (size) => `{{if .A}}${fill("{{else if .A}}", size)}{{end}}`,
  "a template of ranges": () => `${"{{range $.Changes}}".repeat(60)}x${"{{end}}".repeat(60)}`,
  "a template that prints widely": () => '{{printf "%999999999s" "x"}}{{printf "%0999999999d" 1}}',
  "a template that doubles": () => `{{$x := "xxxxxxxxxxxxxxxx"}}${"{{$x = print $x $x}}".repeat(60)}{{$x}}`,
  "a template of blanks": (size) => `{{- ""}}${fill(" ", size)}x{{- ""}}`,
  "a template of comments": (size) => fill("{{/* */}}", size),
  "a template of an open comment": (size) => fill("{{/*", size),
  "a template of quotes": (size) => `{{"${fill('\\"', size)}`,
  "a template of pipes": (size) => `{{1${fill(" | len", size)}}}`,
};

const yamlText = (text: string): string => JSON.stringify(text);

export const HOSTILE_KINDS: readonly string[] = [
  ...Object.keys(YAML),
  ...Object.keys(JSON_TEXTS),
  ...Object.keys(TEMPLATES),
  "words at random",
  "a mixture",
  "bytes at random",
  "UTF-16 at random",
];

/** The hostile file of a kind, about so large. */
export function hostileFile(kind: string, size: number, random: Random): HostileFile {
  const yaml = YAML[kind];
  if (yaml !== undefined) return { kind, name: "features.yaml", content: yaml(size) };
  const json = JSON_TEXTS[kind];
  if (json !== undefined) return { kind, name: "features.json", content: json(size) };
  const template = TEMPLATES[kind];
  if (template !== undefined) {
    const content = `version: "2.0"\ntemplates:\n  commit_message: ${yamlText(template(size))}\n`;
    return { kind, name: "flipt.yaml", content };
  }
  return {
    kind,
    name: random.pick(["features.yaml", "features.yaml", "features.json"]),
    content: mixed(kind, size, random),
  };
}

const WORDS = [
  ...["a", "b: ", "- ", "? ", ": ", "&x ", "!!map ", "!t ", "*x ", "[", "]", "{", "}", ", ", "\n", "\n  ", "\n    "],
  ...["'", '"', "|\n ", ">\n ", "# c", "---\n", "...\n", "<<: ", "%YAML 1.1\n", "\t", " ", "\\", "\r", "!", "!<a> "],
  ...["flags:\n", "namespace: x\n", "- key: f\n", "  rules:\n", "0x", "1e999", "~", "\ufeff", "\u0000", "é", "😀"],
];

function mixed(kind: string, size: number, random: Random): string | Uint8Array {
  const word = (): string => random.pick(WORDS);
  const phrase = (length: number): string => Array.from({ length: 1 + random.below(length) }, word).join("");
  switch (kind) {
    case "words at random":
      return Array.from({ length: Math.floor(size / 3) }, word).join("");
    case "a mixture": {
      const middle = random.chance(0.5) ? fill(phrase(6), size) : staircase(phrase(4), Math.floor(Math.sqrt(size)));
      return `${phrase(4)}${middle}${fill(phrase(3), size / 4)}`;
    }
    case "UTF-16 at random":
      return Buffer.from(`\ufeff${fill(phrase(8), size / 2)}`, "utf16le");
    default:
      return Uint8Array.from({ length: size }, () => random.below(256));
  }
}
