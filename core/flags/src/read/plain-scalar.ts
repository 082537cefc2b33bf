import { yamlFloat, yamlInteger } from "./yaml-scalars.js";

const BARE = /^(?:[A-Za-z0-9(/]|[-+.](?=[0-9A-Za-z]))[^:#]*$/;
const BARE_AFTER_ALL = /^(?:[A-Za-z0-9(/]|[-+.](?=[0-9A-Za-z]))(?:[^:#]|:(?! |$)|(?<! )#)*$/;
const FLOW_ITEM = /(?:"([^"\\]*)"|([A-Za-z0-9][-A-Za-z0-9_./]*))(?:, ?(?!$)|$)/y;
const [SPACE, QUOTE, APOSTROPHE, BRACKET, BRACE] = [32, 34, 39, 91, 123];
const TYPED = /^[-+.0-9ntfNTF]/;

/**
 * A value that stands on one line: a text with or without quotes that has nothing special in it, a number, a boolean, a
 * null, a list of such, or an empty map.
 * @returns undefined where it takes a whole reader
 */
export function plainScalar(text: string, start: number, end: number): unknown {
  if (start >= end || text.charCodeAt(end - 1) === SPACE) return undefined;
  const first = text.charCodeAt(start);
  if (first === QUOTE || first === APOSTROPHE) return quoted(text, start, end, first === QUOTE ? '"' : "'");
  const source = text.slice(start, end);
  if (first === BRACKET) return flowList(source);
  if (first === BRACE) return source === "{}" ? {} : undefined;
  return BARE.test(source) || BARE_AFTER_ALL.test(source) ? resolve(source) : undefined;
}

function quoted(text: string, start: number, end: number, quote: string): string | undefined {
  if (text.indexOf(quote, start + 1) !== end - 1) return undefined;
  const value = text.slice(start + 1, end - 1);
  return quote === '"' && value.includes("\\") ? undefined : value;
}

function flowList(source: string): readonly unknown[] | undefined {
  if (!source.endsWith("]")) return undefined;
  const inner = source.slice(1, -1);
  const items: unknown[] = [];
  for (FLOW_ITEM.lastIndex = 0; FLOW_ITEM.lastIndex < inner.length; ) {
    const match = FLOW_ITEM.exec(inner);
    if (match === null) return undefined;
    items.push(match[1] ?? resolve(match[2] ?? ""));
  }
  return items;
}

/** Value of a text without quotes. */
function resolve(source: string): unknown {
  if (!TYPED.test(source)) return source;
  switch (source) {
    case "null":
    case "Null":
    case "NULL":
      return null;
    case "true":
    case "True":
    case "TRUE":
      return true;
    case "false":
    case "False":
    case "FALSE":
      return false;
    default:
      return yamlInteger(source) ?? yamlFloat(source) ?? source;
  }
}
