import type { Oid } from "@vexil/plugin-api";
import type { Flag, Segment } from "../read/document.js";
import type { ValuePlace } from "../read/locate-values.js";

/** A value in a version of a features file. */
export interface PlacedValue {
  readonly file: string;
  /** Blob id of the file. */
  readonly oid: Oid;
  readonly place: ValuePlace;
}

/** Where a flag, and each of the segments that it refers to, is written. */
export interface FlagPlaces {
  readonly flag: PlacedValue;
  readonly written: Flag;
  readonly segments: ReadonlyMap<string, PlacedValue>;
  /** The segments as they count for the flag, in the order in which it names them first. */
  readonly definitions: readonly Segment[];
}

/** Segments that a document's flags may refer to. */
interface Scope {
  find(key: string): { readonly segment: Segment } | undefined;
}

/** One of a namespace's documents, as far as places need it. */
interface SearchedDocument {
  readonly file: string;
  readonly oid: Oid;
  readonly index: number;
  readonly document: { readonly flags: readonly Flag[]; readonly segments: readonly Segment[] };
  readonly scope: Scope;
}

/**
 * Finds the places of a flag and its segments among a namespace's documents: nothing of it is kept, as few are ever
 * asked for.
 */
export function flagPlaces(documents: readonly SearchedDocument[], key: string): FlagPlaces | undefined {
  for (let at = documents.length - 1; at >= 0; at -= 1) {
    const source = documents[at] as SearchedDocument;
    const index = source.document.flags.findLastIndex((flag) => flag.key === key);
    const written = source.document.flags[index];
    if (written === undefined) continue;
    const placeOf = segmentPlaces(documents.slice(0, at + 1));
    const segments = new Map<string, PlacedValue>();
    const definitions: Segment[] = [];
    for (const name of segmentsOf(written)) {
      const segment = source.scope.find(name)?.segment;
      if (segment === undefined) continue;
      definitions.push(segment);
      const place = placeOf(segment);
      if (place !== undefined) segments.set(name, place);
    }
    return { flag: placed(source, ["flags", index]), written, segments, definitions };
  }
  return undefined;
}

function segmentsOf(flag: Flag): ReadonlySet<string> {
  const names = new Set<string>();
  for (const rule of flag.rules) for (const name of rule.segments) names.add(name);
  for (const { segment } of flag.rollouts) for (const name of segment?.segments ?? []) names.add(name);
  return names;
}

/** A segment is looked for by identity: later documents may have replaced it for others. */
function segmentPlaces(documents: readonly SearchedDocument[]): (segment: Segment) => PlacedValue | undefined {
  const indexes = new Map<SearchedDocument, ReadonlyMap<Segment, number>>();
  return (segment) => {
    for (let at = documents.length - 1; at >= 0; at -= 1) {
      const source = documents[at] as SearchedDocument;
      // A flag may refer to as many segments as there are.
      const own = indexes.get(source) ?? new Map(source.document.segments.map((each, index) => [each, index]));
      indexes.set(source, own);
      const index = own.get(segment);
      if (index !== undefined) return placed(source, ["segments", index]);
    }
    return undefined;
  };
}

function placed({ file, oid, index }: SearchedDocument, path: ValuePlace["path"]): PlacedValue {
  return { file, oid, place: { document: index, path } };
}
