import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { FeatureLimits } from "./document.js";
import { type SourceResult, type SyntaxFault, setOwn, tooDeep } from "./source-document.js";
import { yamlInteger } from "./yaml-scalars.js";

const INTEGER = /^-?[0-9]+$/;

/** A JSON file: exactly one value, plain JSON, no repeated keys. */
export function readJson(text: string, limits: FeatureLimits): SourceResult {
  const deep = deepNesting(text, limits.depth);
  if (deep !== undefined) return { fault: tooDeep(limits, deep) };
  const errors: ParseError[] = [];
  let root: Node | undefined;
  try {
    root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch {
    // Brackets behind a comment with a quote: no JSON, which the library reads all the same.
    return { fault: tooDeep(limits, 0) };
  }
  const first = errors[0];
  const values: { fault?: SyntaxFault } = {};
  const value = root === undefined ? undefined : toValue(text, root, values);
  const document = {
    value,
    locate: (path: readonly (string | number)[]) => nearest(root, path),
  };
  const documents = root === undefined ? [] : [document];
  if (first !== undefined) {
    const reason = `invalid JSON: ${inWords(printParseErrorCode(first.error))}`;
    return { fault: { reason, offset: first.offset }, documents };
  }
  if (values.fault !== undefined) return { fault: values.fault, documents };
  try {
    JSON.parse(text);
  } catch (error) {
    return { fault: { reason: error instanceof Error ? error.message : String(error), offset: 0 }, documents };
  }
  return { documents };
}

/** `CloseBraceExpected` as `close brace expected`. */
function inWords(code: string): string {
  return code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}

/** Offset of the first bracket below `limit` others: the library recurses, and must not see such texts. */
function deepNesting(text: string, limit: number): number | undefined {
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isQuoted) {
      if (character === "\\") at += 1;
      // The library ends a text at its line, too.
      else isQuoted = character !== '"' && character !== "\n" && character !== "\r";
    } else if (character === '"') isQuoted = true;
    else if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth = Math.max(0, depth - 1);
    if (depth > limit) return at;
  }
  return undefined;
}

function toValue(text: string, node: Node, found: { fault?: SyntaxFault }): unknown {
  if (node.type === "array") return (node.children ?? []).map((item) => toValue(text, item, found));
  if (node.type === "object") {
    const object: Record<string, unknown> = {};
    for (const { children } of node.children ?? []) {
      const [key, item] = children ?? [];
      if (key === undefined || item === undefined) continue;
      if (Object.hasOwn(object, key.value)) {
        found.fault ??= { reason: `duplicated key ${JSON.stringify(key.value)}`, offset: key.offset };
      }
      setOwn(object, key.value, toValue(text, item, found));
    }
    return object;
  }
  if (node.type !== "number") return node.value;
  const literal = text.slice(node.offset, node.offset + node.length);
  return INTEGER.test(literal) ? (yamlInteger(literal) ?? node.value) : node.value;
}

function nearest(root: Node | undefined, path: readonly (string | number)[]): number {
  for (let length = path.length; root !== undefined && length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node !== undefined) return node.offset;
  }
  return root?.offset ?? 0;
}
