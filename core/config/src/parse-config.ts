import { basename } from "node:path";
import { parse as parseToml } from "smol-toml";
import { type Document, isScalar, isSeq, isMap as isYamlMap, LineCounter, parseAllDocuments, visit } from "yaml";
import { configError } from "./config-error.js";
import { isMap } from "./config-tree.js";

/** A configuration file, parsed. */
export interface ParsedConfig {
  /** As written. */
  readonly tree: Readonly<Record<string, unknown>>;
  /** Path (as written, joined by NUL) → line, where the format tells. */
  readonly lines: ReadonlyMap<string, number>;
  readonly warnings: readonly string[];
}

/**
 * Parses the text of a configuration file. Of a `package.json` only the member `vexil` counts.
 * @returns for a package.json an object with that member only
 * @throws VexilError VEXIL_VALIDATION_CONFIG with file, line and column
 */
export function parseConfig(
  file: string,
  text: string,
  format: "yaml" | "json" | "toml",
): ParsedConfig | { readonly vexil: ParsedConfig | null } {
  // cosmiconfig itself takes the member `vexil` out of what a loader gives for a package.json.
  if (basename(file) === "package.json") return { vexil: parsePackage(file, text) };
  if (format === "toml") return checked(file, parseTomlText(file, text), new Map(), []);
  // YAML holds JSON, but its parser forgives what JSON's does not.
  if (format === "json") return checked(file, parseJson(file, text), readYaml(file, text).lines, []);
  const { value, lines, warnings } = readYaml(file, text);
  return checked(file, value, lines, warnings);
}

function parsePackage(file: string, text: string): ParsedConfig | null {
  const tree = parseJson(file, text);
  return isMap(tree) && Object.hasOwn(tree, "vexil") ? checked(file, tree.vexil, linesBelow(text, "vexil"), []) : null;
}

function checked(
  file: string,
  value: unknown,
  lines: ReadonlyMap<string, number>,
  warnings: readonly string[],
): ParsedConfig {
  if (value === null || value === undefined) return { tree: {}, lines, warnings };
  if (!isMap(value)) throw configError(`${file}: the configuration must be a map of sections`);
  return { tree: value, lines, warnings };
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    // Node's text quotes the place, and with it perhaps a secret; the YAML reader's message does not.
    const { errors } = readYaml(file, text, true);
    throw configError(errors[0] ?? `${file}: not valid JSON`, error);
  }
}

function parseTomlText(file: string, text: string): unknown {
  try {
    return parseToml(text);
  } catch (error) {
    const { line, column, message } = error as { line?: number; column?: number; message: string };
    const place = line === undefined ? file : `${file}:${line}:${column}`;
    throw configError(`${place}: ${message.split("\n")[0]?.replace("Invalid TOML document: ", "")}`, error);
  }
}

function linesBelow(text: string, member: string): ReadonlyMap<string, number> {
  const prefix = `${member}\0`;
  return new Map(
    [...readYaml("package.json", text, true).lines]
      .filter(([path]) => path.startsWith(prefix))
      .map(([path, line]) => [path.slice(prefix.length), line]),
  );
}

interface YamlResult {
  readonly value: unknown;
  readonly lines: ReadonlyMap<string, number>;
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
}

function readYaml(file: string, text: string, lenient = false): YamlResult {
  const counter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: counter, merge: true, prettyErrors: false });
  if (!Array.isArray(documents)) return { value: undefined, lines: new Map(), warnings: [], errors: [] };
  const [document, ...others] = documents;
  const lines = new Map<string, number>();
  if (document === undefined) return { value: undefined, lines, warnings: [], errors: [] };
  const errors = document.errors.map((error) => {
    const { line, col } = counter.linePos(error.pos[0]);
    return `${file}:${line}:${col}: ${error.message}`;
  });
  if (errors[0] !== undefined && !lenient) throw configError(errors[0]);
  if (errors.length > 0) return { value: undefined, lines, warnings: [], errors };
  const loop = selfReference(document, counter);
  if (loop !== undefined) throw configError(`${file}:${loop}`);
  collectLines(document.contents, [], counter, lines);
  const warnings = others.length === 0 ? [] : [`${file}: only the first of ${documents.length} YAML documents counts`];
  try {
    return { value: document.toJS({ maxAliasCount: 1000 }), lines, warnings, errors };
  } catch (error) {
    throw configError(`${file}: ${(error as Error).message}`, error);
  }
}

/** Where an alias stands within what it names: such a value has no end. */
function selfReference(document: Document, counter: LineCounter): string | undefined {
  let found: string | undefined;
  visit(document, {
    Alias(_key, alias, ancestors) {
      const target = alias.resolve(document);
      if (target === undefined || !ancestors.includes(target)) return undefined;
      const { line, col } = counter.linePos(alias.range?.[0] ?? 0);
      found = `${line}:${col}: *${alias.source} stands within the value that it names`;
      return visit.BREAK;
    },
  });
  return found;
}

/** Notes the line of every key. What comes by an alias has the line of the key that holds the alias. */
function collectLines(node: unknown, path: readonly string[], counter: LineCounter, lines: Map<string, number>): void {
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) collectLines(item, [...path, String(index)], counter, lines);
  }
  if (!isYamlMap(node)) return;
  for (const { key, value } of node.items) {
    if (!isScalar(key)) continue;
    const below = [...path, String(key.value)];
    if (key.range) lines.set(below.join("\0"), counter.linePos(key.range[0]).line);
    collectLines(value, below, counter, lines);
  }
}
