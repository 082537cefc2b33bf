import { LineIndex } from "@vexil/flags/read/line-column";

/** A place in source code. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
}

/** Keys that source code names, and where: the first places of each. */
export class FlagReferences {
  readonly #defined: ReadonlySet<string>;
  readonly #patterns: readonly RegExp[];
  readonly #used = new Map<string, SourcePlace[]>();
  readonly #unknown = new Map<string, SourcePlace[]>();

  /** @param patterns of calls that ask for a flag, whose first group is its key */
  constructor(defined: ReadonlySet<string>, patterns: readonly RegExp[] = CALLS) {
    this.#defined = defined;
    this.#patterns = patterns;
  }

  /** Defined keys that are the whole of a text in quotes. */
  get used(): ReadonlyMap<string, readonly SourcePlace[]> {
    return this.#used;
  }

  /** Keys that are asked for, and not defined. */
  get undefinedKeys(): ReadonlyMap<string, readonly SourcePlace[]> {
    return this.#unknown;
  }

  add(file: string, text: string): void {
    const lines = new LineIndex(text);
    const place = (index = 0): SourcePlace => ({ file, line: lines.at(index).line });
    for (const { 2: key = "", index } of text.matchAll(QUOTED)) {
      if (this.#defined.has(key)) note(this.#used, key, place(index));
    }
    for (const pattern of this.#patterns) {
      for (const { 1: key, index } of text.matchAll(pattern)) {
        if (key === undefined || key === "") continue;
        const found = this.#defined.has(key) ? this.#used : this.#unknown;
        note(found, key, place(index));
      }
    }
  }
}

const MOST_PLACES = 20;

/** A text in quotes that may be a key. */
const QUOTED = /(["'`])([-_.,:/A-Za-z0-9]{1,200})\1/g;

const KEY = "[\"'`]([-_,A-Za-z0-9]{1,200})[\"'`]";

/** Calls of the SDKs of OpenFeature and of the compatible system, in the languages that they are for. */
const CALLS: readonly RegExp[] = [
  // client.getBooleanValue("key"), client.get_boolean_details("key"), useFlag("key")
  `\\b(?:get|use|fetch)_?(?:Boolean|String|Number|Integer|Float|Double|Object)_?(?:Flag)?_?(?:Value|Details)?(?:_?Async)?\\s*\\(\\s*${KEY}`,
  `\\buseFlag\\s*\\(\\s*${KEY}`,
  // client.BooleanValue(ctx, "key", …)
  `\\b(?:Boolean|String|Int|Float|Object)Value(?:Details)?\\s*\\(\\s*[\\w.]{1,60}(?:\\(\\))?\\s*,\\s*${KEY}`,
  // { flagKey: "key" }, flag_key="key", FlagKey: "key", .flag_key("key")
  `\\bflag_?key["'\`]?\\s*(?::|=|=>|\\()\\s*${KEY}`,
  // client.evaluateBoolean("key", …)
  `\\bevaluate_?(?:Boolean|Variant)\\s*\\(\\s*${KEY}`,
].map((source) => new RegExp(source, "gi"));

function note(keys: Map<string, SourcePlace[]>, key: string, place: SourcePlace): void {
  const places = keys.get(key) ?? [];
  keys.set(key, places);
  const isKnown = places.some(({ file, line }) => file === place.file && line === place.line);
  if (places.length < MOST_PLACES && !isKnown) places.push(place);
}
