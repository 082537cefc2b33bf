import { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { FlagPlace } from "./usage-book.js";

/** One flag in a file: counts of its hour alone; times as they were known then. */
export interface UsageRow {
  readonly place: FlagPlace;
  readonly first: number;
  readonly last: number | undefined;
  readonly answers: readonly (readonly [value: string, reason: string, count: number])[];
}

const BEGIN = '{"version":1,"flags":[';
const END = "]}";

/**
 * The text of a file: JSON with one array for each flag, since names of flags are no keys of an object, and each in a line
 * of its own, so that others get their turn while a file of many flags is written or read.
 */
export async function rowsText(rows: Iterable<UsageRow>): Promise<string> {
  const slice = new TimeSlice();
  const lines: string[] = [];
  for (const { place, first, last, answers } of rows) {
    if (slice.due) await slice.next();
    lines.push(JSON.stringify([...place, first, last ?? null, answers]));
  }
  return `${BEGIN}\n${lines.join(",\n")}\n${END}`;
}

/** @throws Error in words, where the text is no such file */
export async function parseRows(text: string): Promise<readonly UsageRow[]> {
  const slice = new TimeSlice();
  const rows: UsageRow[] = [];
  for (const value of valuesIn(text)) {
    if (slice.due) await slice.next();
    rows.push(rowOf(value));
  }
  return rows;
}

function* valuesIn(text: string): Generator<unknown> {
  const end = text.length - END.length - 1;
  if (!text.startsWith(`${BEGIN}\n[`) || text.indexOf(`\n${END}`, end) !== end) {
    // Earlier versions wrote all in one line.
    yield* wholeOf(text);
    return;
  }
  for (let at = BEGIN.length + 1; at < end; ) {
    const found = text.indexOf("\n", at);
    yield JSON.parse(text.slice(at, found === end ? end : found - 1));
    at = found + 1;
  }
}

function wholeOf(text: string): readonly unknown[] {
  const value = JSON.parse(text) as { readonly version?: unknown; readonly flags?: unknown } | null;
  if (value?.version === 1 && Array.isArray(value.flags)) return value.flags;
  throw new Error("it is no file of counts, or of a later version");
}

function rowOf(value: unknown): UsageRow {
  const [environment, namespace, flag, first, last, answers] = Array.isArray(value) ? value : [];
  const isPlaced = [environment, namespace, flag].every((name) => typeof name === "string");
  const isTimed = isCount(first) && (last === null || isCount(last));
  if (!isPlaced || !isTimed || !Array.isArray(answers) || !answers.every(isAnswer))
    throw new Error("a line is damaged");
  return { place: [environment, namespace, flag], first, last: last ?? undefined, answers };
}

function isAnswer(value: unknown): boolean {
  const [text, reason, count] = Array.isArray(value) ? value : [];
  return typeof text === "string" && typeof reason === "string" && isCount(count);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
