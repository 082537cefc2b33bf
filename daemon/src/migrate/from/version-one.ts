import {
  DEFAULT_FEATURE_LIMITS,
  type Fault,
  type FeaturesDocument,
  type Flag,
  type JsonValue,
} from "@vexil/flags/read/document";
import { parseFeatures } from "@vexil/flags/read/parse";
import { stringify } from "yaml";
import { RefusedError } from "../../client/client-errors.js";
import type { Report } from "../model/report.js";
import type { SourceValue } from "../model/source-value.js";
import type { WrittenNamespace } from "../model/written-namespace.js";
import type { Converter } from "./import-source.js";
import { type PlainDocument, plainDocument } from "./version-one-document.js";

/** The export of the compatible system's version 1: features files, but for what it was laxer about. */
export const fromVersionOne: Converter = (documents, { namespace, report }) => {
  const namespaces = new Map<string, WrittenNamespace>();
  for (const document of documents) {
    const read = readDocument(document, report);
    const key = namespace ?? read.namespace.key;
    const before = namespaces.get(key);
    const { name, description } = read.namespace;
    namespaces.set(key, {
      key,
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...before,
      flags: merged(before?.flags ?? [], read.flags),
      segments: merged(before?.segments ?? [], read.segments),
    });
  }
  return [...namespaces.values()].map((one) => ({ ...one, flags: withKnownSegments(one, report) }));
};

/** A later item of one key replaces an earlier one, as where files are served. */
function merged<T extends { readonly key: string }>(before: readonly T[], after: readonly T[]): readonly T[] {
  return [...new Map([...before, ...after].map((item) => [item.key, item])).values()];
}

const ITEM = /^(flags|segments)\.(\d+)\.?/;
const LISTS = ["segments", "flags"] as const;
/** Items that are tried at once: of many faults the reader tells the first hundred, and the rest has to be read again. */
const TRIED = 25;

/** Items of a document by where they stand in it. */
interface Places {
  readonly flags: readonly number[];
  readonly segments: readonly number[];
}

function readDocument(document: SourceValue, report: Report): FeaturesDocument {
  const plain = plainDocument(document, report);
  const sound = { flags: [] as number[], segments: [] as number[] };
  for (const list of LISTS) {
    for (let from = 0; from < plain[list].length; from += TRIED) {
      const tried = Array.from({ length: Math.min(TRIED, plain[list].length - from) }, (_, index) => from + index);
      const places = { flags: [], segments: [], [list]: tried };
      sound[list].push(...readSound(document, plain, places, report).places[list]);
    }
  }
  return readSound(document, plain, sound, report).read;
}

/** Reads those of some items that have no fault. */
function readSound(
  document: SourceValue,
  plain: PlainDocument,
  wanted: Places,
  report: Report,
): { readonly read: FeaturesDocument; readonly places: Places } {
  let places = wanted;
  for (;;) {
    const { documents, faults } = parse({ ...plain, ...pick(plain, places) });
    const [read] = documents;
    if (faults.length === 0 && read !== undefined) return { read, places };
    const dropped = new Set<string>();
    for (const fault of faults) {
      const found = ITEM.exec(fault.reason);
      const list = LISTS.find((one) => one === found?.[1]);
      if (list === undefined) throw new RefusedError(`${document.file}: ${fault.reason}`);
      const index = places[list][Number(found?.[2])] ?? -1;
      const where = `${list}.${index}`;
      const what = `${list === "flags" ? "flag" : "segment"} ${keyOf(plain[list][index])}`;
      const why = fault.reason.replace(ITEM, "");
      if (!dropped.has(where)) report.add({ kind: "lost", where, what, why, done: "it was left out" });
      dropped.add(where);
    }
    const isSound = (list: string) => (index: number) => !dropped.has(`${list}.${index}`);
    places = {
      flags: places.flags.filter(isSound("flags")),
      segments: places.segments.filter(isSound("segments")),
    };
  }
}

function parse(content: object): {
  readonly documents: readonly FeaturesDocument[];
  readonly faults: readonly Fault[];
} {
  const text = stringify(content, { aliasDuplicateObjects: false, lineWidth: 0 });
  return parseFeatures("features.yaml", Buffer.from(text), { ...DEFAULT_FEATURE_LIMITS, fileBytes: 64e6 });
}

function pick(plain: PlainDocument, places: Places): object {
  return {
    flags: places.flags.map((index) => plain.flags[index]),
    segments: places.segments.map((index) => plain.segments[index]),
  };
}

function keyOf(item: JsonValue | undefined): string {
  return String((item as { readonly key?: JsonValue } | undefined)?.key ?? "without a key");
}

/** A flag whose rules name a segment that is not there would keep all of the namespace from being served. */
function withKnownSegments({ flags, segments }: WrittenNamespace, report: Report): readonly Flag[] {
  const known = new Set(segments.map(({ key }) => key));
  return flags.map((flag) => {
    const used = [...flag.rules, ...flag.rollouts.flatMap(({ segment }) => segment ?? [])].flatMap(
      (one) => one.segments,
    );
    const unknown = used.find((key) => !known.has(key));
    if (unknown === undefined) return flag;
    const what = `rules of ${flag.key}`;
    const why = `there is no segment ${unknown}`;
    report.add({ kind: "lost", where: `flags.${flag.key}`, what, why, done: "the flag was left off, without rules" });
    return { ...flag, enabled: false, rules: [], rollouts: [] };
  });
}
