import type { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { ReadCases } from "../cases/flag-case.js";
import type { Fault, FeatureLimits, FeaturesDocument, Flag, ParsedFile } from "../read/document.js";
import type { Extent } from "../read/extents.js";
import type { FileLayout } from "../read/file-layout.js";
import type { InspectedFile } from "../read/inspected-file.js";
import type { ItemSpans } from "../read/item-spans.js";
import type { Position } from "../read/line-column.js";
import type { ValuePlace } from "../read/locate-values.js";
import type { RepositorySettings } from "../read/read-settings.js";

/** Question to a process. */
export interface ParseJob {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly limits: FeatureLimits;
  readonly isPart?: true | undefined;
  readonly task:
    | { readonly type: "parse" | "inspect" | "layout" | "settings" | "cases" }
    | { readonly type: "locate" | "extents"; readonly places: readonly ValuePlace[] };
}

/** A job with the time by the clock after which the process is to give it up by itself. */
export interface GivenJob extends ParseJob {
  readonly deadlineMs: number;
}

/**
 * Answer of a process. Flags come as JSON text, a few at a time: taking over a whole file's objects at once would block
 * the event loop for as long as parsing it.
 */
export type ParseReply =
  | { readonly type: "started" }
  | { readonly type: "flags"; readonly text: string }
  | {
      readonly type: "parsed";
      readonly sha1: string;
      readonly faults: readonly Fault[];
      /** The documents without their flags, as JSON text, and how many flags each has. */
      readonly documents: string;
      readonly counts: readonly number[];
      readonly spans?: ItemSpans | undefined;
    }
  | { readonly type: "inspected"; readonly file: InspectedFile }
  | { readonly type: "layout"; readonly layout: FileLayout | undefined }
  | { readonly type: "settings"; readonly settings: RepositorySettings; readonly faults: readonly Fault[] }
  | { readonly type: "cases"; readonly read: ReadCases }
  | { readonly type: "located"; readonly positions: readonly Position[] }
  | { readonly type: "extents"; readonly extents: readonly Extent[] };

const CHUNK_CHARACTERS = 65_536;
const FIRST_CHUNK_FLAGS = 32;
/** Text that is read in one go at the other end, unless a single flag has more. */
const MOST_CHARACTERS = 2 * CHUNK_CHARACTERS;

/** A parsed file as messages. */
export function* toReplies({ documents, faults, sha1, spans }: ParsedFile): Generator<ParseReply> {
  const flags = documents.flatMap((document) => document.flags);
  // As many at once as the chunk before says fit: one call for each flag would take longer.
  let count = FIRST_CHUNK_FLAGS;
  for (let start = 0; start < flags.length; ) {
    const end = Math.min(flags.length, start + count);
    let size = 0;
    for (const text of textsOf(flags.slice(start, end))) {
      size += text.length;
      yield { type: "flags", text };
    }
    count = Math.max(1, Math.min(Math.floor(((end - start) * CHUNK_CHARACTERS) / size), count * 2));
    start = end;
  }
  const counts = documents.map(({ flags }) => flags.length);
  const bare = JSON.stringify(documents.map((document) => ({ ...document, flags: [] })));
  yield { type: "parsed", sha1, faults, documents: bare, counts, spans };
}

/** Flags as JSON text, in halves as long as that is too much. */
function* textsOf(flags: readonly Flag[]): Generator<string> {
  const text = JSON.stringify(flags);
  if (flags.length === 1 || text.length <= MOST_CHARACTERS) {
    yield text;
    return;
  }
  const middle = flags.length >> 1;
  yield* textsOf(flags.slice(0, middle));
  yield* textsOf(flags.slice(middle));
}

/** Puts the messages of one file together again, in slices. */
export async function fromReplies(
  chunks: Iterable<string>,
  parsed: Extract<ParseReply, { type: "parsed" }>,
  slice: TimeSlice,
): Promise<ParsedFile> {
  const flags: Flag[] = [];
  for (const chunk of chunks) {
    if (slice.due) await slice.next();
    for (const flag of JSON.parse(chunk) as Flag[]) flags.push(flag);
  }
  if (slice.due) await slice.next();
  let start = 0;
  const documents = (JSON.parse(parsed.documents) as FeaturesDocument[]).map((document, index) => {
    const end = start + (parsed.counts[index] ?? 0);
    const whole = { ...document, version: document.version, flags: flags.slice(start, end) };
    start = end;
    return whole;
  });
  const { faults, sha1, spans } = parsed;
  return { documents, faults, sha1, ...(spans === undefined ? {} : { spans }) };
}
