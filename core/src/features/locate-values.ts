import type { FeatureLimits } from "./document.js";
import { LineIndex, type Position } from "./line-column.js";
import { readSource } from "./read-source.js";
import type { ValuePath } from "./source-document.js";

/** A value in a features file. */
export interface ValuePlace {
  /** Index of the document in its file. */
  readonly document: number;
  readonly path: ValuePath;
}

/** Where values are in a file that was parsed without faults; for faults that show only between documents. */
export function locateValues(
  path: string,
  bytes: Uint8Array,
  limits: FeatureLimits,
  places: readonly ValuePlace[],
): readonly Position[] {
  const source = readSource(path, bytes, limits);
  const documents = ("documents" in source ? source.documents : undefined) ?? [];
  const lines = new LineIndex(source.text);
  return places.map((place) => lines.at(documents[place.document]?.locate(place.path) ?? 0));
}
