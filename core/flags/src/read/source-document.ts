import type { FeatureLimits } from "./document.js";
import type { ItemSpans } from "./item-spans.js";

/** Where something is in a document: map keys and list indexes from the root on. */
export type ValuePath = readonly (string | number)[];

/** One document of a file as plain values, before anything is known about flags. */
export interface SourceDocument {
  /**
   * Strings, numbers, booleans, null, lists and plain objects. Integers outside ±2^63 are bigints; objects that had
   * keys which are no text in the file are in `NON_TEXT_KEYS`.
   */
  readonly value: unknown;
  /** Offset in the text of the value at `path`, or of the nearest value around it. */
  readonly locate: (path: ValuePath) => number;
  /** Offsets of all items of the list that a field of the root has, where that is quicker than to ask for each. */
  readonly locateItems?: (field: string) => readonly number[];
  /** Where the items of a file with one document are; undefined where they do not stand by themselves. */
  readonly spans?: () => ItemSpans | undefined;
}

/** A file that cannot be read at all, and where. */
export interface SyntaxFault {
  readonly reason: string;
  readonly offset: number;
  /** Other readers, which were not asked, may read it all the same. */
  readonly unsure?: true;
}

/** The fault of a file that nests deeper than the limit. */
export function tooDeep({ depth }: FeatureLimits, offset: number): SyntaxFault {
  return { reason: `nested deeper than ${depth} levels`, offset };
}

export type SourceResult =
  | { readonly documents: readonly SourceDocument[] }
  | { readonly fault: SyntaxFault; readonly documents?: readonly SourceDocument[] };

/** A file's text and its documents, or the fault that keeps it from having any. */
export type ReadSource = SourceResult & { readonly text: string };

/** Objects whose source has keys such as `1` or `true` unquoted: text at the first level of metadata, faults elsewhere. */
export const NON_TEXT_KEYS = new WeakSet<object>();

/** Sets an own property whatever its name; assigning `__proto__` would change the prototype instead. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}
