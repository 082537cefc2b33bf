import type { Event } from "js-yaml";
import { CHOMPING_MODE, COLLECTION_STYLE, EVENT_ID, parseEvents, SCALAR_STYLE } from "./js-yaml.js";

/** A node of YAML or JSON text with the place it has there. Offsets count UTF-16 units; ends are exclusive. */
export interface SourceNode {
  readonly kind: "mapping" | "sequence" | "scalar" | "alias" | "empty";
  /** Collections only: written with brackets. */
  readonly flow: boolean;
  /** Scalars only: written over its own indented lines (`|` or `>`). */
  readonly block: boolean;
  /** With its anchor and tag. */
  readonly start: number;
  /** Without them. */
  readonly contentStart: number;
  readonly end: number;
  /** It, or something below it, has an anchor or a tag or is an alias. */
  readonly references: boolean;
  /** Items of a sequence; empty below the depth that was asked for. */
  readonly items: readonly SourceNode[];
  /** Offsets of the dashes of a block sequence, one for each item. */
  readonly dashes: readonly number[];
  readonly pairs: readonly SourcePair[];
}

export interface SourcePair {
  readonly key: SourceNode;
  readonly value: SourceNode;
}

export interface SourceDocument {
  /** Begins with `---`, or ends with `...`. */
  readonly explicit: boolean;
  readonly root: SourceNode;
}

/**
 * Reads where everything is.
 * @param depth levels below each root whose children are recorded
 * @throws YAMLException of js-yaml
 */
export function readSourceTree(source: string, depth: number): readonly SourceDocument[] {
  return new TreeReader(source, depth).read();
}

/** More than any request may nest: what a file may not hold is for those to say that read what it means. */
const MOST_LEVELS = 1_000;

class TreeReader {
  readonly #source: string;
  readonly #depth: number;
  readonly #events: readonly Event[];
  #next = 0;
  /** End of the last token seen: where an empty node is. */
  #last = 0;

  constructor(source: string, depth: number) {
    this.#source = source;
    this.#depth = depth;
    this.#events = parseEvents(source, { maxDepth: MOST_LEVELS });
  }

  read(): readonly SourceDocument[] {
    const documents: SourceDocument[] = [];
    while (this.#next < this.#events.length) {
      const event = this.#events[this.#next++]!;
      if (event.type !== EVENT_ID.DOCUMENT) continue;
      const root = this.#node(0);
      this.#next++;
      documents.push({ explicit: event.explicitStart || event.explicitEnd, root });
    }
    return documents;
  }

  #node(level: number): SourceNode {
    const event = this.#events[this.#next++]!;
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return this.#scalar(event);
      case EVENT_ID.ALIAS:
        this.#last = event.anchorEnd;
        return { ...LEAF, kind: "alias", ...this.#place(event.anchorStart - 1, event), references: true };
      case EVENT_ID.SEQUENCE:
        return this.#sequence(event, level);
      case EVENT_ID.MAPPING:
        return this.#mapping(event, level);
      default:
        throw new RangeError("unbalanced events");
    }
  }

  #scalar(event: Event & { type: typeof EVENT_ID.SCALAR }): SourceNode {
    const references = event.anchorStart >= 0 || event.tagStart >= 0;
    if (event.valueStart < 0) {
      this.#last = Math.max(this.#last, event.anchorEnd, event.tagEnd);
      return { ...LEAF, kind: "empty", start: this.#last, contentStart: this.#last, end: this.#last, references };
    }
    const { style } = event;
    const quoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0;
    const block = style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
    const contentStart = block
      ? this.#blockIndicator(Math.max(this.#last, event.anchorEnd, event.tagEnd))
      : event.valueStart - quoted;
    const place = this.#place(contentStart, event);
    // A block scalar's text ends with its line break; the node ends before that, like every other one.
    this.#last = block
      ? this.#withoutBreaks(event.valueStart, event.valueEnd, event.chomping === CHOMPING_MODE.KEEP)
      : event.valueEnd + quoted;
    return { ...LEAF, kind: "scalar", block, ...place, end: this.#last, references };
  }

  #sequence(event: Event & { type: typeof EVENT_ID.SEQUENCE }, level: number): SourceNode {
    const place = this.#place(event.start, event);
    const flow = event.style === COLLECTION_STYLE.FLOW;
    const items: SourceNode[] = [];
    const dashes: number[] = [];
    let references = event.anchorStart >= 0 || event.tagStart >= 0;
    this.#last = flow ? event.start + 1 : event.start;
    while (this.#events[this.#next]!.type !== EVENT_ID.POP) {
      if (!flow) {
        const dash = this.#skip(this.#last, "-");
        this.#last = dash + 1;
        if (level < this.#depth) dashes.push(dash);
      }
      const item = this.#node(level + 1);
      references ||= item.references;
      if (level < this.#depth) items.push(item);
    }
    this.#next++;
    if (flow) this.#last = this.#skip(this.#last, "]") + 1;
    return { ...LEAF, kind: "sequence", flow, ...place, end: this.#last, references, items, dashes };
  }

  #mapping(event: Event & { type: typeof EVENT_ID.MAPPING }, level: number): SourceNode {
    const place = this.#place(event.start, event);
    const flow = event.style === COLLECTION_STYLE.FLOW;
    const braces = flow && this.#source[event.start] === "{";
    const pairs: SourcePair[] = [];
    let references = event.anchorStart >= 0 || event.tagStart >= 0;
    this.#last = braces ? event.start + 1 : event.start;
    while (this.#events[this.#next]!.type !== EVENT_ID.POP) {
      const key = this.#node(level + 1);
      const colon = this.#skip(this.#last, ":,}");
      if (this.#source[colon] === ":") this.#last = colon + 1;
      const value = this.#node(level + 1);
      references ||= key.references || value.references;
      if (level < this.#depth) pairs.push({ key, value });
    }
    this.#next++;
    if (braces) this.#last = this.#skip(this.#last, "}") + 1;
    return { ...LEAF, kind: "mapping", flow, ...place, end: this.#last, references, pairs };
  }

  #place(
    contentStart: number,
    event: { readonly anchorStart: number; readonly tagStart?: number },
  ): { start: number; contentStart: number; end: number } {
    const anchor = event.anchorStart < 0 ? contentStart : event.anchorStart - 1;
    const tag = event.tagStart === undefined || event.tagStart < 0 ? contentStart : event.tagStart;
    return { start: Math.min(contentStart, anchor, tag), contentStart, end: this.#last };
  }

  /** The next of `wanted` after white space, comments and separators; where there is none, the end of the text. */
  #skip(from: number, wanted: string): number {
    const source = this.#source;
    for (let index = from; index < source.length; index++) {
      const character = source[index]!;
      if (wanted.includes(character)) return index;
      if (character === "#" && (index === 0 || /\s/.test(source[index - 1]!))) {
        while (index + 1 < source.length && source[index + 1] !== "\n" && source[index + 1] !== "\r") index++;
      }
    }
    return source.length;
  }

  #blockIndicator(from: number): number {
    return this.#skip(from, "|>");
  }

  /** Trailing empty lines belong to a block scalar only if it keeps them. */
  #withoutBreaks(start: number, end: number, keep: boolean): number {
    let last = end;
    do {
      if (last > start && this.#source[last - 1] === "\n") last--;
      if (last > start && this.#source[last - 1] === "\r") last--;
    } while (!keep && last > start && /[\n\r]/.test(this.#source[last - 1]!));
    return last;
  }
}

/** A node without anything below it; what is its own is to be added. */
export const LEAF = {
  flow: false,
  block: false,
  start: 0,
  contentStart: 0,
  end: 0,
  references: false,
  items: [] as readonly SourceNode[],
  dashes: [] as readonly number[],
  pairs: [] as readonly SourcePair[],
} as const;
