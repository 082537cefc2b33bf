import { VexilError } from "@vexil/plugin-api/errors";
import { refuseShape } from "./json-shape.js";

/**
 * Parses a request body: an empty one is undefined, and only the first JSON value counts.
 * @param items how many things a message may list, where it is not the usual number
 * @throws VexilError VEXIL_VALIDATION_REQUEST, VEXIL_VALIDATION_ITEMS
 */
export function readJson(text: string, items?: number): unknown {
  refuseShape(text, items);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (/^[ \t\r\n]*$/.test(text)) return undefined;
    const first = firstValue(text);
    if (first === undefined) throw syntaxError(error, text);
    try {
      return JSON.parse(first);
    } catch (inner) {
      throw syntaxError(inner, first);
    }
  }
}

function syntaxError(cause: unknown, text: string): VexilError {
  // The engine's own message quotes the body, which may hold what must not be repeated into logs.
  const message = firstValue(text) === undefined ? "unexpected EOF" : "invalid JSON in request body";
  return new VexilError("VEXIL_VALIDATION_REQUEST", message, { cause });
}

/** The text of the first value, when something else may follow it; undefined when it has no end. */
function firstValue(text: string): string | undefined {
  const start = text.search(/[^ \t\r\n]/);
  const opening = text[start];
  if (opening !== "{" && opening !== "[" && opening !== '"') {
    return /^[^\s,\]}[{"]+/.exec(text.slice(start))?.[0] ?? text.slice(start, start + 1);
  }
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === "\\") index++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    if (depth === 0 && !inString) return text.slice(start, index + 1);
  }
  return undefined;
}
