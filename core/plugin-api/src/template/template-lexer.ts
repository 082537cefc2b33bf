import { TemplateSyntaxError } from "./template-syntax.js";

/** A piece of a template: text, or the tokens of one action. */
export type TemplatePiece =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "action"; readonly line: number; readonly tokens: readonly Token[] };

export interface Token {
  readonly type: "word" | "field" | "variable" | "string" | "number" | "symbol" | "dot";
  readonly text: string;
  /** White space stands before it: `.A .B` are two operands, `.A.B` is one. */
  readonly spaced: boolean;
}

const COMMENT = /^\{\{(- )?\s*\/\*[\s\S]*?\*\/( -)?\}\}/;
const TOKEN =
  /(\s+)|"((?:[^"\\\n]|\\.)*)"|`([^`]*)`|'((?:[^'\\\n]|\\.)+)'|\.([A-Za-z_]\w*)|(\$\w*)|([-+]?(?:0[xX][\da-fA-F_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?))|([A-Za-z_]\w*)|(:=|[=|(),])|(\.)/y;

/** Cuts a template into text and actions and applies trim markers. */
export function lexTemplate(template: string): readonly TemplatePiece[] {
  const pieces: TemplatePiece[] = [];
  let position = 0;
  let trimNext = false;
  let line = 1;
  let counted = 0;
  const pushText = (text: string, trimEnd: boolean): void => {
    let kept = trimNext ? text.replace(/^[ \t\r\n]+/, "") : text;
    if (trimEnd) kept = withoutBlanksAtEnd(kept);
    if (kept !== "") pieces.push({ type: "text", text: kept });
  };
  for (;;) {
    const open = template.indexOf("{{", position);
    if (open < 0) break;
    for (; counted < open; counted += 1) if (template[counted] === "\n") line += 1;
    const comment = COMMENT.exec(template.slice(open));
    if (comment !== null) {
      pushText(template.slice(position, open), comment[1] !== undefined);
      trimNext = comment[2] !== undefined;
      position = open + comment[0].length;
      continue;
    }
    const trims = /^-[ \t\r\n]/.test(template.slice(open + 2, open + 4));
    pushText(template.slice(position, open), trims);
    const action = lexAction(template, open + (trims ? 3 : 2), line);
    pieces.push({ type: "action", line, tokens: action.tokens });
    trimNext = action.trimsNext;
    position = action.end;
  }
  pushText(template.slice(position), false);
  return pieces;
}

/** An expression that ends with `$` would be tried from each blank on. */
function withoutBlanksAtEnd(text: string): string {
  let end = text.length;
  while (end > 0 && " \t\r\n".includes(text[end - 1] ?? "x")) end -= 1;
  return text.slice(0, end);
}

function lexAction(
  template: string,
  start: number,
  line: number,
): { readonly tokens: readonly Token[]; readonly end: number; readonly trimsNext: boolean } {
  const tokens: Token[] = [];
  let position = start;
  let spaced = true;
  for (;;) {
    if (template.startsWith("}}", position)) return { tokens, end: position + 2, trimsNext: false };
    if (spaced && template.startsWith("-}}", position)) return { tokens, end: position + 3, trimsNext: true };
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(template);
    if (match === null) {
      const rest = template.slice(position);
      throw new TemplateSyntaxError(
        line,
        rest === "" ? "unclosed action" : `unexpected ${JSON.stringify(rest[0])} in action`,
      );
    }
    position = TOKEN.lastIndex;
    const token = toToken(match, spaced, line);
    spaced = token === undefined;
    if (token !== undefined) tokens.push(token);
  }
}

function toToken(match: RegExpExecArray, spaced: boolean, line: number): Token | undefined {
  const [, space, quoted, raw, character, field, variable, number, word, symbol] = match;
  if (space !== undefined) return undefined;
  if (quoted !== undefined) return { type: "string", text: unquote(quoted, line), spaced };
  if (raw !== undefined) return { type: "string", text: raw, spaced };
  if (character !== undefined) {
    return { type: "number", text: String(unquote(character, line).codePointAt(0)), spaced };
  }
  if (field !== undefined) return { type: "field", text: field, spaced };
  if (variable !== undefined) return { type: "variable", text: variable, spaced };
  if (number !== undefined) return { type: "number", text: number, spaced };
  if (word !== undefined) return { type: "word", text: word, spaced };
  if (symbol !== undefined) return { type: "symbol", text: symbol, spaced };
  return { type: "dot", text: ".", spaced };
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

function unquote(text: string, line: number): string {
  return text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.))/g,
    (whole, hex, short, long, octal, other) => {
      const code = hex ?? short ?? long;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      const escaped = ESCAPES[other as string];
      if (escaped === undefined) throw new TemplateSyntaxError(line, `unknown escape ${whole} in string`);
      return escaped;
    },
  );
}
