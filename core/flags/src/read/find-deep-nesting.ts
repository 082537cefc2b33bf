const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const EXCLAMATION = 33;
const QUOTE = 34;
const HASH = 35;
const AMPERSAND = 38;
const APOSTROPHE = 39;
const COMMA = 44;
const DASH = 45;
const DOT = 46;
const COLON = 58;
const GREATER = 62;
const QUESTION = 63;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const BAR = 124;
const CLOSE_BRACE = 125;

/**
 * Offset of the first collection that is nested deeper than `limit`, found in one pass and without recursion: readers
 * that recurse may abort the whole process on such texts, so they must not see them. It counts brackets, indentation,
 * and `-`, `?` and `:` one behind the other, never more than a reader would; what is not well-formed is left to them.
 */
export function findDeepNesting(text: string, limit: number, json: boolean): number | undefined {
  return json ? new JsonScan(text, limit).run() : new YamlScan(text, limit).run();
}

class JsonScan {
  readonly #text: string;
  readonly #limit: number;

  constructor(text: string, limit: number) {
    this.#text = text;
    this.#limit = limit;
  }

  run(): number | undefined {
    let depth = 0;
    for (let at = 0; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === QUOTE) at = quoteEnd(this.#text, at) - 1;
      else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
        depth += 1;
        if (depth > this.#limit) return at;
      } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth = Math.max(0, depth - 1);
    }
    return undefined;
  }
}

/** Goes from token to token; what it takes for the inside of a scalar or comment it steps over. */
class YamlScan {
  readonly #text: string;
  readonly #limit: number;
  /** Columns of the block collections that are open. */
  readonly #columns: number[] = [];
  #at = 0;
  #lineStart = 0;
  /** Brackets that are open. */
  #flow = 0;
  /** Lines indented further than this go on with the scalar of a line above. */
  #scalarAbove = Number.POSITIVE_INFINITY;
  #found: number | undefined;

  constructor(text: string, limit: number) {
    this.#text = text;
    this.#limit = limit;
  }

  run(): number | undefined {
    while (this.#at < this.#text.length && this.#found === undefined) this.#line();
    return this.#found;
  }

  /** A line of block style, with the flow collections and quoted scalars that begin on it. */
  #line(): void {
    this.#lineStart = this.#at;
    this.#skipBlanks();
    const column = this.#at - this.#lineStart;
    const code = this.#code();
    if (isBreak(code) || code === HASH) this.#skipLine();
    else if (column === 0 && this.#isMarker()) this.#marker();
    else if (column > this.#scalarAbove) this.#skipLine();
    else {
      this.#scalarAbove = Number.POSITIVE_INFINITY;
      while ((this.#columns.at(-1) ?? -1) >= column) this.#columns.pop();
      this.#nodes();
    }
  }

  /** `---` and `...`: a new document. */
  #marker(): void {
    this.#columns.length = 0;
    this.#scalarAbove = Number.POSITIVE_INFINITY;
    this.#at += 3;
    this.#nodes();
  }

  #isMarker(): boolean {
    const code = this.#code();
    if (code !== DASH && code !== DOT) return false;
    const same = this.#code(1) === code && this.#code(2) === code;
    return same && isSpace(this.#code(3));
  }

  /** Steps over the nodes of a line, up to its break. */
  #nodes(): void {
    /** Where the anchor or tag of the node stands that comes next. */
    let properties: number | undefined;
    while (this.#at < this.#text.length && this.#found === undefined) {
      this.#skipBlanks();
      const code = this.#code();
      if (isBreak(code) || code === HASH) {
        this.#skipLine();
        return;
      }
      if (code === AMPERSAND || code === EXCLAMATION) {
        properties ??= this.#at;
        this.#skipWord();
        continue;
      }
      const start = properties ?? this.#at;
      properties = undefined;
      if ((code === DASH || code === QUESTION || code === COLON) && isSpace(this.#code(1))) this.#open(this.#at++);
      else if (code === QUOTE || code === APOSTROPHE) this.#quoted(start);
      else if (code === OPEN_BRACKET || code === OPEN_BRACE) this.#collection(start);
      else if (code === BAR || code === GREATER) {
        this.#block();
        return;
      } else this.#plain(start);
    }
  }

  /** A block collection begins here, unless one did at this column. */
  #open(offset: number): void {
    const column = offset - this.#lineStart;
    if ((this.#columns.at(-1) ?? -1) >= column) return;
    this.#columns.push(column);
    this.#check(offset);
  }

  #check(offset: number): void {
    if (this.#columns.length + this.#flow > this.#limit) this.#found ??= offset;
  }

  /** A plain scalar, up to the colon that makes it a key or to the end of its line. */
  #plain(start: number): void {
    while (this.#at < this.#text.length) {
      const code = this.#code();
      if (isBreak(code)) break;
      if (code === COLON && isSpace(this.#code(1))) {
        this.#key(start);
        return;
      }
      if (code === HASH && isSpace(this.#code(-1))) return;
      this.#at += 1;
    }
    this.#scalarAbove = this.#columns.at(-1) ?? -1;
  }

  #quoted(start: number): void {
    this.#at = quoteEnd(this.#text, this.#at);
    this.#afterNode(start);
  }

  /** A flow collection, over as many lines as it has. */
  #collection(start: number): void {
    /** True if a plain scalar is under way, in which quotes are letters. */
    let plain = false;
    /** True if a quoted scalar or a collection has just ended: a colon may then touch the value behind it. */
    let closed = false;
    do {
      const code = this.#code();
      if (isBreak(code) || code === SPACE || code === TAB) this.#at += 1;
      else if (code === HASH && isSpace(this.#code(-1))) this.#skipLine();
      else if (!plain && (code === QUOTE || code === APOSTROPHE)) {
        this.#at = quoteEnd(this.#text, this.#at);
        closed = true;
      } else {
        if (code === OPEN_BRACKET || code === OPEN_BRACE) {
          this.#flow += 1;
          this.#check(this.#at);
        } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) this.#flow -= 1;
        plain = !isFlowIndicator(code) && !this.#separates(code, plain, closed);
        closed = code === CLOSE_BRACKET || code === CLOSE_BRACE;
        this.#at += 1;
      }
    } while (this.#flow > 0 && this.#at < this.#text.length && this.#found === undefined);
    this.#flow = 0;
    this.#afterNode(start);
  }

  /** Tells whether `:` or `?` is no letter of a plain scalar in a flow collection. */
  #separates(code: number, plain: boolean, closed: boolean): boolean {
    if (code !== COLON && (code !== QUESTION || plain)) return false;
    return (code === COLON && closed) || isSpace(this.#code(1)) || isFlowIndicator(this.#code(1));
  }

  /** A quoted scalar or a flow collection may be a key. */
  #afterNode(start: number): void {
    this.#skipBlanks();
    if (this.#code() === COLON && isSpace(this.#code(1))) this.#key(start);
  }

  #key(start: number): void {
    if (start >= this.#lineStart) this.#open(start);
    this.#at += 1;
  }

  /** `|` and `>`: the lines below that are indented further are text. */
  #block(): void {
    this.#scalarAbove = this.#columns.at(-1) ?? -1;
    this.#skipLine();
  }

  #skipBlanks(): void {
    while (this.#code() === SPACE || this.#code() === TAB) this.#at += 1;
  }

  #skipWord(): void {
    while (!isSpace(this.#code())) this.#at += 1;
  }

  #skipLine(): void {
    while (!isBreak(this.#code())) this.#at += 1;
    this.#at += this.#code() === CR && this.#code(1) === LF ? 2 : 1;
  }

  #code(ahead = 0): number {
    return this.#text.charCodeAt(this.#at + ahead);
  }
}

/** The offset behind the quote that closes the one at `start`; the text's end where there is none. */
function quoteEnd(text: string, start: number): number {
  const quote = text.charCodeAt(start);
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH && quote === QUOTE) at += 1;
    else if (code === quote) {
      if (quote === QUOTE || text.charCodeAt(at + 1) !== APOSTROPHE) return at + 1;
      at += 1;
    }
  }
  return text.length;
}

/** A line break, or the end of the text. */
function isBreak(code: number): boolean {
  return code === LF || code === CR || Number.isNaN(code);
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB || isBreak(code);
}

function isFlowIndicator(code: number): boolean {
  return (
    code === COMMA || code === OPEN_BRACKET || code === CLOSE_BRACKET || code === OPEN_BRACE || code === CLOSE_BRACE
  );
}
