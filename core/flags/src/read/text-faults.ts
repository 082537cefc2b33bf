import type { SyntaxFault } from "./source-document.js";

/** Characters that YAML text must not contain (YAML 1.2.2 §5.1), not even in comments. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;
const PERCENT_LINE = /(?<=^|[\r\n])%([^ \t\r\n]*)/g;

/**
 * Faults that YAML readers for JavaScript let pass: control characters in comments, unknown and repeated directives.
 */
export function findTextFault(text: string): SyntaxFault | undefined {
  const offset = text.search(CONTROL);
  if (offset >= 0) {
    const code = text.charCodeAt(offset);
    const name = `U+${code.toString(16).padStart(4, "0").toUpperCase()}`;
    return { reason: code === 0 ? "null byte is not allowed in input" : `control character ${name}`, offset };
  }
  return text.includes("%") ? findDirectiveFault(text) : undefined;
}

function findDirectiveFault(text: string): SyntaxFault | undefined {
  let version = -1;
  for (const match of text.matchAll(PERCENT_LINE)) {
    const above = lineAbove(text, match.index);
    // Elsewhere the line is content, or what js-yaml reports.
    if (above !== undefined && !/^(?:\.\.\.|%)/.test(above.line)) continue;
    if (match[1] !== "YAML" && match[1] !== "TAG") {
      return { reason: `unknown directive %${match[1]}`, offset: match.index };
    }
    if (match[1] !== "YAML") continue;
    if (above?.line.startsWith("%") && version >= above.start) {
      return { reason: "duplication of %YAML directive", offset: match.index };
    }
    version = match.index;
  }
  return undefined;
}

/** The nearest line above that is neither empty nor a comment. */
function lineAbove(text: string, offset: number): { readonly line: string; readonly start: number } | undefined {
  let end = offset;
  while (end > 0) {
    let start = end - 1;
    while (start > 0 && text[start - 1] !== "\n" && text[start - 1] !== "\r") start -= 1;
    const line = text.slice(start, end).trimEnd();
    if (line !== "" && !/^\s*#/.test(line)) return { line, start };
    end = start;
  }
  return undefined;
}
