import { createHash } from "node:crypto";
import { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { FeatureLimits, FeaturesDocument, ParsedFile } from "../read/document.js";
import type { ItemSpans, ListName, ListSpans } from "../read/item-spans.js";
import { sameLimits } from "../read/same-limits.js";
import { changedBytes } from "./changed-bytes.js";
import type { SourceFile } from "./file-parser.js";
import { changedItems, type ItemWindow } from "./item-window.js";

/** A version of a file that was read without faults. */
export interface KnownFile {
  /** Undefined: they are there no more. */
  readonly bytes: () => Promise<Uint8Array | undefined>;
  readonly limits: FeatureLimits;
  readonly document: FeaturesDocument;
  readonly spans: ItemSpans;
}

/** Bytes that are hashed at once. */
const HASHED_BYTES = 1 << 20;
/** An item that is not in the file: before and behind those that are read it shows that they begin and end there. */
const GUARD = {
  flags: ["key: vexil", "name: vexil"],
  segments: ["key: vexil", "name: vexil", "match_type: ALL_MATCH_TYPE"],
};

/**
 * Reads a file of which an earlier version is known: the items that are not the same are parsed in a small file of their
 * own, all others are those of the earlier version. For each item stands between dashes of one list, and nothing in the
 * file refers to anything in it, so that it means what it meant.
 * @returns undefined where anything is in doubt: then the whole file is to be read, which also tells faults
 */
export async function readChanged(
  file: SourceFile,
  known: KnownFile,
  parse: (part: SourceFile) => Promise<ParsedFile>,
): Promise<ParsedFile | undefined> {
  const { bytes, limits } = file;
  if (bytes.length > limits.fileBytes || !sameLimits(limits, known.limits)) return undefined;
  const before = await known.bytes();
  if (before === undefined) return undefined;
  const slice = new TimeSlice();
  const { spans: old } = known;
  const window = changedItems({ bytes: before, spans: old }, bytes, await changedBytes(before, bytes, slice));
  if (window === undefined) return undefined;
  const part = partOf(file, known.document, window);
  const read = await parse({ ...file, oid: `${file.oid} in part`, bytes: part.bytes, isPart: true });
  const items = itemsOf(read, window, part);
  if (items === undefined) return undefined;
  const { name, first, next } = window;
  const all = known.document[name];
  const list = (all.slice(0, first) as unknown[]).concat(items.items, all.slice(next));
  const document = { ...known.document, [name]: list };
  const spans = moved(old, window, items.starts, bytes.length - before.length);
  return { documents: [document], faults: [], sha1: await sha1Of(bytes, slice), spans };
}

interface Part {
  readonly bytes: Uint8Array;
  /** Where what is of the file begins in it. */
  readonly offset: number;
  /** Guards behind it. */
  readonly behind: 0 | 1;
}

function partOf({ bytes }: SourceFile, { version }: FeaturesDocument, window: ItemWindow): Part {
  const { name, indent, start, end, ends } = window;
  const margin = " ".repeat(indent);
  const guard = `${margin}- ${GUARD[name].join(`\n${margin}  `)}\n`;
  const head = Buffer.from(`${version === undefined ? "" : `version: "${version}"\n`}${name}:\n${guard}`);
  const behind = ends === "item" ? 1 : 0;
  const tail = ends === "file" ? "" : `${behind === 1 ? guard : ""}namespace: vexil\n`;
  const text = Buffer.concat([head, bytes.subarray(start, end), Buffer.from(tail)]);
  return { bytes: text, offset: head.length, behind };
}

/** The items that were read, and where they begin in the file; undefined where they are not what they should be. */
function itemsOf({ documents, faults, spans }: ParsedFile, { name, indent, start, end }: ItemWindow, part: Part) {
  const list = spans?.[name];
  const [document, ...others] = documents;
  if (faults.length > 0 || document === undefined || others.length > 0 || list?.indent !== indent) return undefined;
  const count = list.starts.length - part.behind;
  const shift = start - part.offset;
  const starts = list.starts.subarray(1, count).map((at) => at + shift);
  if (document[name].length !== list.starts.length || starts[0] !== start) return undefined;
  // Nothing but items has come: the list ends where they do.
  if ((part.behind === 1 ? (list.starts[count] as number) : list.end) + shift !== end) return undefined;
  return { items: document[name].slice(1, count), starts };
}

/** Where everything is now that the file has so many bytes more. */
function moved(spans: ItemSpans, window: ItemWindow, starts: Uint32Array, by: number): ItemSpans {
  const result: { -readonly [Name in ListName]?: ListSpans } = {};
  for (const name of ["flags", "segments"] as const) {
    const list = spans[name];
    if (list === undefined) continue;
    const isBehind = list.end > window.start;
    const shift = isBehind ? by : 0;
    const all =
      name === window.name
        ? joined(
            list.starts.subarray(0, window.first),
            starts,
            list.starts.subarray(window.next).map((at) => at + by),
          )
        : shift === 0
          ? list.starts
          : list.starts.map((at) => at + shift);
    result[name] = { indent: list.indent, starts: all, end: list.end + shift };
  }
  return result;
}

function joined(...parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function sha1Of(bytes: Uint8Array, slice: TimeSlice): Promise<string> {
  const hash = createHash("sha1");
  for (let at = 0; at < bytes.length; at += HASHED_BYTES) {
    if (slice.due) await slice.next();
    hash.update(bytes.subarray(at, at + HASHED_BYTES));
  }
  return hash.digest("hex");
}
