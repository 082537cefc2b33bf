import type { FeatureLimits } from "./document.js";
import type { ItemSpans } from "./item-spans.js";
import { PlainItems } from "./plain-items.js";
import { plainScalar } from "./plain-scalar.js";

/** Line ends other than LF, tabs, marks and control characters: then nothing is as plain as it looks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ODD = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/;
const KEY = /[A-Za-z][-A-Za-z0-9_.]*:(?=[ \n]|$)/y;
/** Keys that are no texts. */
const NO_TEXTS = new Set(["true", "True", "TRUE", "false", "False", "FALSE", "null", "Null", "NULL"]);
const [SPACE, HASH, DASH] = [32, 35, 45];
const MOST_LEVELS = 20;

/** Says that a text is not plain. */
const NOT_PLAIN = Symbol("not plain");

export interface PlainDocument {
  readonly value: Readonly<Record<string, unknown>>;
  readonly spans: ItemSpans | undefined;
}

/**
 * Reads the YAML that tools and most people write: one map of block maps and lists, whose values stand on the line of
 * their key and need no knowledge of YAML. It is several times faster than a whole reader, and agrees with it.
 * @returns undefined where anything is else: whole readers know what that means, or what is wrong with it
 */
export function readPlainBlock(text: string, limits: FeatureLimits): PlainDocument | undefined {
  if (limits.depth < 2 * MOST_LEVELS || ODD.test(text)) return undefined;
  try {
    return new PlainReader(text).read();
  } catch (error) {
    if (error !== NOT_PLAIN) throw error;
    return undefined;
  }
}

/** Looks at one line after the other. */
class PlainReader {
  readonly #text: string;
  readonly #items: PlainItems;
  /** Where the next line begins. */
  #next = 0;
  /** Spaces before what is on this line; -1 behind the last one. */
  #indent = 0;
  #lineStart = 0;
  /** Text on this line: from here to there. */
  #start = 0;
  #end = 0;
  #levels = 0;

  constructor(text: string) {
    this.#text = text;
    this.#items = new PlainItems(text);
  }

  read(): PlainDocument {
    if (this.#text.startsWith("---\n")) this.#next = 4;
    this.#advance();
    const value = this.#map(0, true);
    if (this.#indent >= 0) throw NOT_PLAIN;
    return { value, spans: this.#items.spans() };
  }

  /** Goes to the next line that has something on it. */
  #advance(): void {
    const text = this.#text;
    for (;;) {
      if (this.#next >= text.length) {
        this.#indent = -1;
        this.#lineStart = text.length;
        return;
      }
      const start = this.#next;
      const newline = text.indexOf("\n", start);
      const end = newline < 0 ? text.length : newline;
      this.#next = end + 1;
      let at = start;
      while (at < end && text.charCodeAt(at) === SPACE) at += 1;
      if (at === end || text.charCodeAt(at) === HASH) continue;
      this.#lineStart = start;
      this.#indent = at - start;
      this.#start = at;
      this.#end = end;
      return;
    }
  }

  get #isItem(): boolean {
    const at = this.#start;
    if (this.#text.charCodeAt(at) !== DASH) return false;
    return at + 1 === this.#end || this.#text.charCodeAt(at + 1) === SPACE;
  }

  #map(column: number, isRoot = false): Record<string, unknown> {
    this.#enter();
    const map: Record<string, unknown> = {};
    if (this.#indent !== column) throw NOT_PLAIN;
    while (this.#indent === column && !this.#isItem) {
      const end = this.#keyEnd();
      if (end < 0) throw NOT_PLAIN;
      const key = this.#text.slice(this.#start, end - 1);
      if (NO_TEXTS.has(key) || Object.hasOwn(map, key)) throw NOT_PLAIN;
      if (isRoot) this.#items.key(key, this.#lineStart);
      map[key] = end === this.#end ? this.#below(column, isRoot) : this.#beside(end, column);
      if (this.#indent > column) throw NOT_PLAIN;
    }
    this.#levels -= 1;
    if (isRoot) this.#items.key("", this.#lineStart);
    return map;
  }

  /** Where the key of this line ends, behind its colon; -1 where there is none. */
  #keyEnd(): number {
    KEY.lastIndex = this.#start;
    return KEY.test(this.#text) && KEY.lastIndex <= this.#end ? KEY.lastIndex : -1;
  }

  /** A value on the lines below its key. */
  #below(column: number, isRoot: boolean): unknown {
    this.#advance();
    if (this.#indent < column) return null;
    const isItem = this.#isItem;
    if (isItem) return this.#list(this.#indent, isRoot);
    return this.#indent === column ? null : this.#map(this.#indent);
  }

  /** A value on the line of its key. */
  #beside(from: number, column: number): unknown {
    let start = from;
    while (this.#text.charCodeAt(start) === SPACE && start < this.#end) start += 1;
    return this.#scalar(start, column);
  }

  #list(column: number, isRoot: boolean): readonly unknown[] {
    this.#enter();
    const list: unknown[] = [];
    if (isRoot) this.#items.list(column);
    while (this.#indent === column && this.#isItem) {
      const start = this.#start + 2;
      if (start >= this.#end || this.#text.charCodeAt(start) === SPACE) throw NOT_PLAIN;
      const line = this.#lineStart;
      this.#start = start;
      const isMap = this.#keyEnd() >= 0;
      if (isMap) this.#indent = column + 2;
      const item = isMap ? this.#map(column + 2) : this.#scalar(start, column);
      list.push(item);
      if (isRoot) this.#items.item(line, isMap || (typeof item === "object" && item !== null && !Array.isArray(item)));
      if (this.#indent > column) throw NOT_PLAIN;
    }
    this.#levels -= 1;
    return list;
  }

  #scalar(start: number, column: number): unknown {
    const value = plainScalar(this.#text, start, this.#end);
    if (value === undefined) throw NOT_PLAIN;
    this.#advance();
    // It would go on there.
    if (this.#indent > column) throw NOT_PLAIN;
    return value;
  }

  #enter(): void {
    this.#levels += 1;
    if (this.#levels > MOST_LEVELS) throw NOT_PLAIN;
  }
}
