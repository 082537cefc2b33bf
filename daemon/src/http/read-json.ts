import { VexilError } from "@vexil/core/serving";

/**
 * Parses a request body: an empty one is undefined, and only the first JSON value counts (`http-api.md` §1.2).
 * @throws VexilError VEXIL_VALIDATION_REQUEST
 */
export function readJson(text: string): unknown {
  refuseDepth(text);
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

/** More than any message needs; what walks values may do so by recursion. */
const DEPTH = 500;

function refuseDepth(text: string): void {
  if (hasAtMost(text, DEPTH)) return;
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      depth++;
      if (depth > DEPTH) {
        throw new VexilError("VEXIL_VALIDATION_REQUEST", `the request body is nested deeper than ${DEPTH} levels`);
      }
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
}

/** Whether there are so few brackets at all that their nesting need not be looked at: true of nearly every body. */
function hasAtMost(text: string, brackets: number): boolean {
  let left = brackets;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) if (--left < 0) return false;
  }
  return true;
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
