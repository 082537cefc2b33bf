import { LineIndex, type Position } from "./line-column.js";
import type { ReadSource, ValuePath } from "./source-document.js";

/** A value in a features file. */
export interface ValuePlace {
  /** Index of the document in its file. */
  readonly document: number;
  readonly path: ValuePath;
}

/** Where values are in a file that was parsed without faults; for faults that show only between documents. */
export function positionsIn(source: ReadSource, places: readonly ValuePlace[]): readonly Position[] {
  const documents = ("documents" in source ? source.documents : undefined) ?? [];
  const lines = new LineIndex(source.text);
  return places.map((place) => lines.at(documents[place.document]?.locate(place.path) ?? 0));
}
