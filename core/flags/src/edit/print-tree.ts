import { isList, isMap, type Tree } from "./item-tree.js";

/** How new text is written: as the text around it is. */
export interface PrintStyle {
  readonly json: boolean;
  readonly eol: string;
  /** White space by which JSON is indented at each level; empty: it stands on one line. YAML: empty. */
  readonly indent: string;
  /** Columns by which a nested map of YAML stands further right. */
  readonly step: number;
  /** The same for a list below its key: 0 or `step`. */
  readonly listStep: number;
  /** White space within brackets. */
  readonly gaps: FlowGaps;
}

/** White space after the colons and commas of a collection in brackets. */
export interface FlowGaps {
  readonly colon: string;
  readonly comma: string;
}

/** One space after each. */
export const WIDE: FlowGaps = { colon: " ", comma: " " };

/** One line, with brackets; JSON where the file is JSON. */
export function printFlow(tree: Tree, style: PrintStyle): string {
  const { colon, comma } = style.gaps;
  const joined = (items: readonly string[]): string => items.join(`,${comma}`);
  if (isList(tree)) return `[${joined(tree.map((item) => printFlow(item, style)))}]`;
  if (typeof tree === "object" && tree !== null && isMap(tree)) {
    return `{${joined([...tree].map(([key, value]) => `${printScalar(key, style)}:${colon}${printFlow(value, style)}`))}}`;
  }
  return printScalar(tree as Exclude<Tree, object> | null, style);
}

/** JSON over several lines; those after the first begin with `margin`. */
export function printJsonLines(tree: Tree, style: PrintStyle, margin: string): string {
  return jsonLines(tree, style).join(style.eol + margin);
}

/** Lines as `JSON.stringify` has them, with our numbers. */
function jsonLines(tree: Tree, style: PrintStyle): readonly string[] {
  const { indent, gaps } = style;
  if (isList(tree)) {
    return brackets(
      "[]",
      tree.map((item) => jsonLines(item, style)),
      indent,
    );
  }
  if (typeof tree !== "object" || tree === null || !isMap(tree)) return [printScalar(tree, { json: true })];
  const entries = [...tree].map(([key, value]) => {
    const [first = "", ...rest] = jsonLines(value, style);
    return [`${JSON.stringify(key)}:${gaps.colon}${first}`, ...rest];
  });
  return brackets("{}", entries, indent);
}

function brackets(pair: "[]" | "{}", items: readonly (readonly string[])[], step: string): readonly string[] {
  if (items.length === 0) return [pair];
  const lines = items.flatMap((item, index) =>
    item.map((line, at) => step + line + (at === item.length - 1 && index < items.length - 1 ? "," : "")),
  );
  return [pair.charAt(0), ...lines, pair.charAt(1)];
}

/** Lines of a map or list in block style, without indentation of their own. Empty collections have brackets. */
export function printBlock(tree: Tree, style: PrintStyle): readonly string[] {
  if (isList(tree)) {
    if (tree.length === 0) return ["[]"];
    return tree.flatMap((item) => {
      const [first = "", ...rest] = printBlock(item, style);
      return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
    });
  }
  if (typeof tree === "object" && tree !== null && isMap(tree)) {
    if (tree.size === 0) return ["{}"];
    return [...tree].flatMap(([key, value]) => printPair(key, value, style));
  }
  return [printScalar(tree as Exclude<Tree, object> | null, style)];
}

/** Lines of one entry of a map in block style. */
export function printPair(key: string, value: Tree, style: PrintStyle): readonly string[] {
  const name = printScalar(key, style);
  const lines = printBlock(value, style);
  const inline = typeof value !== "object" || value === null || (isList(value) ? value.length : value.size) === 0;
  if (inline) return [`${name}: ${lines[0]}`];
  const pad = " ".repeat(isList(value) ? style.listStep : style.step);
  return [`${name}:`, ...lines.map((line) => pad + line)];
}

const PLAIN = /^[\p{L}_](?:[\p{L}\p{M}\p{N}_./+() -]*[\p{L}\p{M}\p{N}_./+()-])?$/u;
/** Texts that some version of YAML, or some reader, takes for something other than text. */
const RESERVED = /^(?:true|false|yes|no|on|off|y|n|null|nan|inf)$/i;
/** Not printable in YAML, or a line break to some readers. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const SPECIAL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]/;

export function printScalar(value: string | number | boolean | null, style: Pick<PrintStyle, "json">): string {
  if (typeof value !== "string") return printNumber(value);
  if (style.json) return JSON.stringify(value);
  if (PLAIN.test(value) && !RESERVED.test(value)) return value;
  return printQuoted(value);
}

/** Single quotes keep the text as it is; what needs escapes is in double quotes. */
export function printQuoted(value: string): string {
  return SPECIAL.test(value) || value.includes("'") ? printDoubleQuoted(value) : `'${value}'`;
}

export function printDoubleQuoted(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function printNumber(value: number | boolean | null): string {
  // All digits would read as an integer of more than 64 bits, which the format does not have.
  if (typeof value === "number" && Math.abs(value) >= 2 ** 63) return value.toExponential();
  // -0 is written as 0 by JSON and means the same.
  return JSON.stringify(value);
}
