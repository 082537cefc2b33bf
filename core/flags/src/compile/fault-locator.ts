import type { FileParser } from "../parse/file-parser.js";
import type { ParsedFile } from "../read/document.js";
import type { Position } from "../read/line-column.js";
import { byDeadline } from "./by-deadline.js";
import type { NamespaceFault } from "./compile-namespace.js";
import type { LoadedFile } from "./file-cache.js";
import { accountOf } from "./patience.js";
import type { Quarantined } from "./snapshot.js";
import type { BuildInput } from "./snapshot-builder.js";

/** Bad references of one file that are passed on, first those of different namespaces; `validate` shows them all. */
const MOST_OF_A_FILE = 1_000;
/** The same of all files: beyond it each file has a smaller share, but at least one. */
const MOST_OF_ALL = 2_000;
/** Time in a build after which no further file is waited for: its faults are told without their places. */
const LOCATE_MS = 5_000;
/** The same in a hurry: small files are located by then, others when the state is read ahead of its next build. */
const HURRIED_LOCATE_MS = 100;
const NOWHERE: ReadonlyMap<string, Position> = new Map();

/** Input of a build, as far as it matters for places. */
type LocatedInput = Pick<BuildInput, "read" | "limits" | "storage" | "revision" | "hurry">;

/** Bad references with the places that were found. */
export interface LocatedFaults {
  readonly quarantined: readonly Quarantined[];
  /** Some places are missing for want of time: another build may find them. */
  readonly isPartial: boolean;
}

/**
 * Finds line and column of bad references, for which their files are read again: the model keeps no positions. What was
 * found of a file is remembered for as long as that is known.
 */
export class FaultLocator {
  readonly #parser: FileParser;
  /** By the place within the file. */
  readonly #known = new WeakMap<ParsedFile, Map<string, Position>>();

  constructor(parser: FileParser) {
    this.#parser = parser;
  }

  async locate(faults: readonly NamespaceFault[], input: LocatedInput): Promise<LocatedFaults> {
    const byFile = new Map<LoadedFile, NamespaceFault[]>();
    for (const fault of faults) {
      const ofFile = byFile.get(fault.file);
      if (ofFile === undefined) byFile.set(fault.file, [fault]);
      else ofFile.push(fault);
    }
    const most = Math.max(1, Math.min(MOST_OF_A_FILE, Math.floor(MOST_OF_ALL / byFile.size)));
    const { hurry } = input;
    const now = performance.now();
    const until = hurry === undefined ? now + LOCATE_MS : Math.min(hurry.until, now + HURRIED_LOCATE_MS);
    const located: Quarantined[] = [];
    let isPartial = false;
    for (const [file, ofFile] of byFile) {
      const told = firstOf(ofFile, most);
      const more = ofFile.length - told.length;
      // Whoever writes is told the places in his own file in any case.
      const isOwn = hurry?.own.has(file.path) === true;
      const finding = this.#positions(file, told, input, isOwn ? Number.POSITIVE_INFINITY : until);
      const found = await (isOwn ? finding : byDeadline(finding, until));
      const positions = found ?? this.#known.get(file.parsed) ?? NOWHERE;
      isPartial ||= found === undefined;
      for (const [index, { place, reason }] of told.entries()) {
        const namespace = namespaceOf(file, place.document);
        const text = more > 0 && index === told.length - 1 ? `${reason} (and ${more} more bad references)` : reason;
        const position = positions.get(JSON.stringify(place));
        located.push({ file: file.path, ...position, namespace, reason: text, revision: input.revision });
      }
    }
    return { quarantined: located, isPartial };
  }

  /** @returns undefined when there was no time left to begin */
  async #positions(
    { path, oid, parsed }: LoadedFile,
    faults: readonly NamespaceFault[],
    { read, limits, storage, hurry }: LocatedInput,
    until: number,
  ): Promise<ReadonlyMap<string, Position> | undefined> {
    const known = this.#known.get(parsed) ?? new Map<string, Position>();
    const places = faults.map(({ place }) => place).filter((place) => !known.has(JSON.stringify(place)));
    if (places.length === 0) return known;
    if (performance.now() > until) return undefined;
    const bytes = (await read([oid])).get(oid);
    if (bytes === undefined) return known;
    const account = accountOf(path, storage, hurry);
    const positions = await this.#parser.locate({ path, oid, bytes, limits, storage: account }, places);
    for (const [index, place] of places.entries()) {
      const position = positions[index];
      if (position !== undefined) known.set(JSON.stringify(place), position);
    }
    this.#known.set(parsed, known);
    return known;
  }
}

/** So many faults of a file, such that as many of its namespaces as possible have one. */
function firstOf(faults: readonly NamespaceFault[], most: number): readonly NamespaceFault[] {
  if (faults.length <= most) return faults;
  const told = new Set<NamespaceFault>();
  const seen = new Set<string>();
  for (const fault of faults) {
    const namespace = namespaceOf(fault.file, fault.place.document);
    if (told.size < most && !seen.has(namespace)) told.add(fault);
    seen.add(namespace);
  }
  for (const fault of faults) if (told.size < most) told.add(fault);
  return [...told];
}

function namespaceOf({ parsed }: LoadedFile, document: number): string {
  return parsed.documents[document]?.namespace.key ?? "";
}
