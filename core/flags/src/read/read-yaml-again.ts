import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  Lexer,
  type Node,
  Parser,
  type ScalarTag,
  type Tags,
} from "yaml";
import { NODE_BYTES } from "./alias-guard.js";
import type { FeatureLimits } from "./document.js";
import {
  NON_TEXT_KEYS,
  type SourceDocument,
  type SourceResult,
  type SyntaxFault,
  setOwn,
  tooDeep,
} from "./source-document.js";
import { yamlFloat, yamlInteger } from "./yaml-scalars.js";

const NUMBER_TAGS: readonly string[] = ["tag:yaml.org,2002:int", "tag:yaml.org,2002:float"];
/** Tags that may be written out; what else the library knows, such as binary data, is no JSON value. */
const KNOWN_TAGS = new Set(
  ["str", "int", "float", "bool", "null", "map", "seq", "merge"].map((name) => `tag:yaml.org,2002:${name}`),
);
const numberTag = (tag: string): ScalarTag => ({
  tag,
  default: true,
  test: /^[-+.0-9]/,
  resolve: (source) => yamlInteger(source) ?? yamlFloat(source) ?? source,
});

const OPTIONS = {
  version: "1.2",
  schema: "core",
  strict: false,
  uniqueKeys: true,
  merge: true,
  prettyErrors: false,
  logLevel: "silent",
  customTags: (tags: Tags): Tags => [
    ...tags.filter((tag) => typeof tag === "string" || !NUMBER_TAGS.includes(tag.tag)),
    ...NUMBER_TAGS.map(numberTag),
  ],
} as const;

/**
 * A second opinion on what js-yaml refuses: closing brackets at the left margin, tabs in flow collections. When `yaml`
 * refuses too, js-yaml's `fault` stands, and what could be read of the documents tells whose namespaces they are.
 */
export function readYamlAgain(text: string, limits: FeatureLimits, fault: SyntaxFault): SourceResult {
  try {
    const documents = compose(text, limits);
    if ("reason" in documents) return { fault: documents };
    const known = documents.filter((document) => measure(document, limits));
    const readable = known.map((document): SourceDocument => toSource(document));
    const bad = known.length < documents.length || documents.some((document) => !isAccepted(document));
    return bad ? { fault, documents: readable } : { documents: readable };
  } catch {
    // Nesting exhausts the stack of a recursive reader.
    return { fault };
  }
}

/**
 * Text → documents of `yaml`. Its composer recurses: what nests too deep for that is told from its parser's stack, which
 * grows by one for each open collection above the document and the scalar at the top.
 */
function compose(source: string, limits: FeatureLimits): readonly Document[] | SyntaxFault {
  // The library takes a carriage return alone for no line break: all of a file might be one comment.
  const text = source.replace(/\r(?!\n)/g, "\n");
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > limits.depth + 2) return tooDeep(limits, parser.offset);
  }
  tokens.push(...parser.end());
  return [...new Composer(OPTIONS).compose(tokens)];
}

function isAccepted(document: Document): boolean {
  const version = document.directives?.yaml;
  return (
    document.errors.length === 0 &&
    document.warnings.every((warning) => warning.code !== "TAG_RESOLVE_FAILED") &&
    (version?.explicit !== true || version.version === "1.1")
  );
}

/** Tells whether a document has known tags only, and stays within the limits when its aliases are expanded. */
function measure(document: Document, limits: FeatureLimits): boolean {
  const anchors = new Map<string, Size>();
  let expanded = NOTHING;
  const isTooMuch = (): boolean => expanded.nodes > limits.aliases || expanded.bytes > limits.fileBytes;
  const sizeOf = (node: unknown, depth: number): Size => {
    if (depth > limits.depth || isTooMuch()) return TOO_MUCH;
    if (isNode(node) && !isAlias(node) && node.tag !== undefined && !KNOWN_TAGS.has(node.tag)) return TOO_MUCH;
    let size: Size = { nodes: 1, bytes: NODE_BYTES };
    if (isAlias(node)) {
      size = anchors.get(node.source) ?? TOO_MUCH;
      expanded = sum(expanded, size);
    } else if (isPair(node)) {
      size = sum(sizeOf(node.key, depth), sizeOf(node.value, depth));
    } else if (isCollection(node)) {
      for (const item of node.items) size = sum(size, sizeOf(item, depth + 1));
    } else if (isScalar(node)) {
      size = { nodes: 1, bytes: NODE_BYTES + (node.range ? node.range[1] - node.range[0] : 0) };
    }
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) anchors.set(node.anchor, size);
    return size;
  };
  return Number.isFinite(sizeOf(document.contents, 0).nodes) && !isTooMuch();
}

interface Size {
  readonly nodes: number;
  readonly bytes: number;
}

const NOTHING: Size = { nodes: 0, bytes: 0 };
const TOO_MUCH: Size = { nodes: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
const sum = (a: Size, b: Size): Size => ({ nodes: a.nodes + b.nodes, bytes: a.bytes + b.bytes });

function toSource(document: Document): SourceDocument {
  const root = document.contents;
  return {
    value: plain(document.toJS({ mapAsMap: true, maxAliasCount: -1 })),
    locate: (path) => {
      for (let length = path.length; length > 0; length -= 1) {
        const node = isMap(root) || isCollection(root) ? root.getIn(path.slice(0, length), true) : undefined;
        const range = (node as Node | undefined)?.range;
        if (range !== undefined && range !== null) return range[0];
      }
      return root?.range?.[0] ?? document.range?.[0] ?? 0;
    },
  };
}

/** Maps → plain objects, with the marks that `SourceDocument` promises. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  const object: Record<string, unknown> = {};
  for (const [key, item] of value) {
    if (typeof key !== "string") NON_TEXT_KEYS.add(object);
    setOwn(object, String(key), plain(item));
  }
  return object;
}
