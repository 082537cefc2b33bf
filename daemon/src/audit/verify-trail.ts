import { createHash, createHmac } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type TrailLine, trailLines } from "./trail-lines.js";

/** Something in a trail that is not as it was written. */
export interface TrailFault {
  readonly file: string;
  /** From 1; undefined: it is about the whole. */
  readonly line?: number;
  readonly reason: string;
}

/** Facts about a trail. */
export interface TrailReport {
  readonly files: readonly string[];
  readonly lines: number;
  /** Numbers of the first and last line; undefined: there is none. */
  readonly first: number | undefined;
  readonly last: { readonly seq: number; readonly hash: string } | undefined;
  readonly faults: readonly TrailFault[];
  readonly notes: readonly string[];
}

export interface VerifyOptions {
  readonly key: string | undefined;
  /** A line that was noted before. */
  readonly expected?: { readonly seq: number; readonly hash: string } | undefined;
}

const NOTHING = "0".repeat(64);
const MOST_FAULTS = 100;
const START = /^\{"seq":(\d{1,15}),"prev":"([0-9a-f]{64})","event":/;
const END = /,"hash":"([0-9a-f]{64})"\}$/;
/** Lengths within which these are. */
const START_BYTES = 120;
const END_BYTES = 75;

interface ReadLine {
  readonly seq: number;
  readonly prev: string;
  readonly hash: string;
  /** Its hash is that of its own text. */
  readonly isGenuine: boolean;
}

/**
 * Follows an audit trail from its first line to its last, through all its files, by the form that the file sink's README
 * gives and nothing of its code.
 * @throws Error where a file cannot be read
 */
export async function verifyTrail(path: string, options: VerifyOptions): Promise<TrailReport> {
  const files = await filesOf(path);
  const faults: TrailFault[] = [];
  const notes: string[] = [];
  const fault = (one: TrailFault): void => {
    if (faults.length < MOST_FAULTS) faults.push(one);
  };
  let [lines, first, last]: [number, number | undefined, ReadLine | undefined] = [0, undefined, undefined];
  let isExpectedThere = options.expected === undefined;
  let cut: TrailFault | undefined;
  for (const file of files) {
    for await (const line of trailLines(file)) {
      const place = { file, line: line.number };
      if (!line.isWhole) {
        cut = { ...place, reason: "the last line is not whole" };
        if (file !== path) fault(cut);
        continue;
      }
      const read = readLine(line, options.key);
      lines += 1;
      if (read === undefined) {
        fault({ ...place, reason: "this is no line of an audit trail" });
        continue;
      }
      const reason = faultOf(read, last);
      if (reason !== undefined) fault({ ...place, reason });
      if (read.seq === options.expected?.seq) {
        isExpectedThere = true;
        if (read.hash !== options.expected.hash) fault({ ...place, reason: "it has another hash than was noted" });
      }
      first ??= read.seq;
      last = read;
    }
  }
  const head = await readHead(`${path}.head`, options.key);
  const reason = headFault(head, first, last);
  if (reason !== undefined) fault({ file: `${path}.head`, reason });
  // A kill leaves half a line, which the next start takes away; one that was whole is missing from the chain.
  if (cut !== undefined && reason === undefined)
    notes.push(`${cut.file}:${cut.line}: ${cut.reason}: a writer was killed`);
  if (!isExpectedThere) fault({ file: path, reason: `line ${options.expected?.seq}, which was noted, is not there` });
  if (first !== undefined && first > 1 && faults.length === 0) notes.push(`lines before ${first} are not kept`);
  const end = last && { seq: last.seq, hash: last.hash };
  return { files, lines, first, last: end, faults, notes };
}

/** The files of a trail, the oldest first: those that are full have the number of their last line at their end. */
async function filesOf(path: string): Promise<readonly string[]> {
  const [directory, name] = [dirname(path), basename(path)];
  const entries = await readdir(directory);
  const full = entries.filter(
    (entry) => entry.startsWith(`${name}.`) && /^\d{12,}$/.test(entry.slice(name.length + 1)),
  );
  const sorted = full.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).map((entry) => join(directory, entry));
  // Between two files there is none of that name for a moment.
  if (!entries.includes(name) && sorted.length === 0) throw new Error(`${path}: no such file`);
  return entries.includes(name) ? [...sorted, path] : sorted;
}

function readLine({ bytes }: TrailLine, key: string | undefined): ReadLine | undefined {
  const start = START.exec(bytes.toString("latin1", 0, START_BYTES));
  const end = END.exec(bytes.toString("latin1", Math.max(0, bytes.length - END_BYTES)));
  if (start === null || end === null) return undefined;
  const covered = bytes.subarray(0, bytes.length - end[0].length);
  const [hash, prev] = [end[1] as string, start[2] as string];
  return { seq: Number(start[1]), prev, hash, isGenuine: hashOf(covered, key) === hash };
}

function faultOf(line: ReadLine, before: ReadLine | undefined): string | undefined {
  if (!line.isGenuine) return `line ${line.seq} was changed, or another key was used: its hash is not that of its text`;
  if (before === undefined) {
    return line.seq === 1 && line.prev !== NOTHING ? "the first line follows on another one" : undefined;
  }
  if (line.seq !== before.seq + 1) return `line ${line.seq} stands where ${before.seq + 1} belongs`;
  return line.prev === before.hash ? undefined : `line ${line.seq} does not follow on the one before it`;
}

interface Head {
  readonly seq: number;
  readonly hash: string;
  readonly first: number;
}

function headFault(head: Head | string, first: number | undefined, last: ReadLine | undefined): string | undefined {
  if (typeof head === "string") return last === undefined ? undefined : head;
  if (head.seq > (last?.seq ?? 0))
    return `lines up to ${head.seq} were written, and the last there is ${last?.seq ?? 0}`;
  if (head.seq === last?.seq && head.hash !== last.hash) return `line ${head.seq} is not the one that was written`;
  return first === undefined || first === head.first
    ? undefined
    : `lines from ${head.first} on are kept, not from ${first}`;
}

async function readHead(path: string, key: string | undefined): Promise<Head | string> {
  try {
    const { seq, hash, first, mac } = JSON.parse(await readFile(path, "utf8")) as Head & { readonly mac: unknown };
    const isGenuine = mac === hashOf(Buffer.from(`head ${seq} ${hash} ${first}`), key);
    return isGenuine ? { seq, hash, first } : "it was changed, or another key was used";
  } catch (error) {
    const isAway = (error as NodeJS.ErrnoException).code === "ENOENT";
    return isAway ? "it is missing, so that nothing tells whether lines were cut off the end" : "it cannot be read";
  }
}

function hashOf(bytes: Buffer, key: string | undefined): string {
  return (key === undefined ? createHash("sha256") : createHmac("sha256", key)).update(bytes).digest("hex");
}
