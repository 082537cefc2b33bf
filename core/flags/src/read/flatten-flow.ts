const SPACE = /[ \t\r\n]/;

/**
 * The same text with the white space and comments between the tokens of flow collections turned to spaces, character
 * by character, so that offsets stay. js-yaml wants continuation lines of flow collections indented and no tabs there;
 * the format allows a closing bracket at the left margin, and tabs.
 */
export function flattenFlow(text: string): string {
  const scanner = new FlowScanner(text);
  scanner.scan();
  return scanner.result();
}

/** Finds flow collections; everything else is stepped over. It need not be exact: js-yaml judges the result. */
class FlowScanner {
  readonly #text: string;
  /** Ranges to blank, start and end in turn. */
  readonly #blank: number[] = [];
  #at = 0;
  /** Indentation of the line being read. */
  #indent = 0;
  /** Where the line ends that was looked at last, so that each is looked through once. */
  #knownEnd = -1;
  #knownFrom = 0;

  constructor(text: string) {
    this.#text = text;
  }

  result(): string {
    if (this.#blank.length === 0) return this.#text;
    const parts: string[] = [];
    let from = 0;
    for (let index = 0; index < this.#blank.length; index += 2) {
      const start = this.#blank[index] ?? 0;
      const end = this.#blank[index + 1] ?? 0;
      parts.push(this.#text.slice(from, start), " ".repeat(end - start));
      from = end;
    }
    return parts.join("") + this.#text.slice(from);
  }

  scan(): void {
    while (this.#at < this.#text.length) this.#line();
  }

  /** One line of block style, with whatever begins on it. */
  #line(): void {
    const start = this.#at;
    while (this.#text[this.#at] === " ") this.#at += 1;
    this.#indent = this.#at - start;
    if (this.#text[start] === "%") this.#at = this.#lineEnd(start);
    while (this.#at < this.#text.length && !this.#isBreak(this.#at)) this.#token();
    this.#at += 1;
  }

  /** Something that begins where a node may begin, or a step over what separates nodes. */
  #token(): void {
    const character = this.#text[this.#at] ?? "";
    const next = this.#text[this.#at + 1] ?? "\n";
    if (character === " " || character === "\t") this.#at += 1;
    else if (character === "#") this.#at = this.#lineEnd(this.#at);
    else if ("-?:".includes(character) && SPACE.test(next)) this.#at += 1;
    else if (character === "&" || character === "!" || character === "*") this.#word();
    else if (character === '"' || character === "'") this.#at = this.#quoteEnd(this.#at);
    else if (character === "[" || character === "{") this.#flow();
    else if (character === "|" || character === ">") this.#blockScalar();
    else this.#plain();
  }

  #word(): void {
    while (this.#at < this.#text.length && !SPACE.test(this.#text[this.#at] ?? "")) this.#at += 1;
  }

  #plain(): void {
    const end = this.#lineEnd(this.#at);
    for (; this.#at < end; this.#at += 1) {
      const character = this.#text[this.#at];
      if (character === ":" && SPACE.test(this.#text[this.#at + 1] ?? "\n")) return;
      if (character === "#" && SPACE.test(this.#text[this.#at - 1] ?? "")) return;
    }
  }

  /** Steps over the lines of a block scalar: empty ones, and those indented like its first. */
  #blockScalar(): void {
    let line = this.#lineEnd(this.#at) + 1;
    let wanted: number | undefined;
    while (line < this.#text.length) {
      let content = line;
      while (this.#text[content] === " ") content += 1;
      const empty = content >= this.#text.length || this.#isBreak(content);
      wanted ??= empty ? undefined : content - line;
      if (!empty && (content - line < (wanted ?? 0) || content - line <= this.#indent)) break;
      line = this.#lineEnd(content) + 1;
    }
    this.#at = Math.min(line, this.#text.length) - 1;
  }

  #flow(): void {
    let depth = 0;
    /** True if white space before the next token belongs to a plain scalar. */
    let inPlain = false;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? "";
      if (SPACE.test(character)) this.#gap(inPlain);
      else {
        if (character === "[" || character === "{") depth += 1;
        if (character === "]" || character === "}") depth -= 1;
        const quoted: boolean = (character === '"' || character === "'") && !inPlain;
        this.#at = quoted ? this.#quoteEnd(this.#at) : this.#at + 1;
        inPlain = !quoted && !"[]{},:?".includes(character);
        if (depth === 0) return;
      }
    }
  }

  /** White space and comments inside a flow collection; between two words of a plain scalar they stay. */
  #gap(inPlain: boolean): void {
    const start = this.#at;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? "";
      if (SPACE.test(character)) this.#at += 1;
      else if (character === "#") this.#at = this.#lineEnd(this.#at);
      else break;
    }
    if (!inPlain || ",[]{}:".includes(this.#text[this.#at] ?? "")) this.#blank.push(start, this.#at);
  }

  #quoteEnd(start: number): number {
    const quote = this.#text[start];
    for (let index = start + 1; index < this.#text.length; index += 1) {
      const character = this.#text[index];
      if (character === "\\" && quote === '"') index += 1;
      else if (character === quote) {
        if (quote === '"' || this.#text[index + 1] !== "'") return index + 1;
        index += 1;
      }
    }
    return this.#text.length;
  }

  #lineEnd(from: number): number {
    if (from >= this.#knownFrom && from <= this.#knownEnd) return this.#knownEnd;
    let index = from;
    while (index < this.#text.length && !this.#isBreak(index)) index += 1;
    this.#knownFrom = from;
    this.#knownEnd = index;
    return index;
  }

  #isBreak(index: number): boolean {
    const code = this.#text.charCodeAt(index);
    return code === 10 || code === 13;
  }
}
