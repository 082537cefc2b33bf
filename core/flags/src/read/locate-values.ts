import type { FeatureLimits } from "./document.js";
import { LineIndex, type Position } from "./line-column.js";
import { readSource } from "./read-source.js";
import type { SourceResult, ValuePath } from "./source-document.js";

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
  return positionsIn(readSource(path, bytes, limits), places);
}

/** The same where it takes no reader but the fastest; undefined where that cannot tell. */
export function locateQuickly(
  path: string,
  bytes: Uint8Array,
  limits: FeatureLimits,
  places: readonly ValuePlace[],
): readonly Position[] | undefined {
  const source = readSource(path, bytes, limits, "first");
  return "fault" in source && source.fault.unsure ? undefined : positionsIn(source, places);
}

function positionsIn(
  source: SourceResult & { readonly text: string },
  places: readonly ValuePlace[],
): readonly Position[] {
  const documents = ("documents" in source ? source.documents : undefined) ?? [];
  const lines = new LineIndex(source.text);
  return places.map((place) => lines.at(documents[place.document]?.locate(place.path) ?? 0));
}
