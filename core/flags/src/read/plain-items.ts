import { ByteOffsets } from "./byte-offsets.js";
import type { ItemSpans, ListName, ListSpans } from "./item-spans.js";

interface OpenList {
  readonly name: ListName;
  readonly indent: number;
  readonly starts: number[];
}

/** Collects where the items of a file are while it is read. */
export class PlainItems {
  readonly #offsets: ByteOffsets;
  readonly #spans: { -readonly [Name in ListName]?: ListSpans } = {};
  #key = "";
  #open: OpenList | undefined;
  #hasOthers = false;

  constructor(text: string) {
    this.#offsets = new ByteOffsets(text);
  }

  /** A key of the root; the list before it has ended. */
  key(key: string, lineStart: number): void {
    if (this.#open !== undefined) {
      const { name, indent, starts } = this.#open;
      this.#spans[name] = { indent, starts: this.#offsets.of(starts), end: this.#offsets.of([lineStart])[0] as number };
      this.#open = undefined;
    }
    this.#key = key;
  }

  /** The value of the key is a list. */
  list(indent: number): void {
    if (this.#key === "flags" || this.#key === "segments") this.#open = { name: this.#key, indent, starts: [] };
  }

  item(lineStart: number, isMap: boolean): void {
    if (this.#open === undefined) return;
    this.#open.starts.push(lineStart);
    if (!isMap) this.#hasOthers = true;
  }

  spans(): ItemSpans | undefined {
    return this.#hasOthers ? undefined : this.#spans;
  }
}
