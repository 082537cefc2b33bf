import type { FlagPlace } from "./usage-book.js";

/** One flag in a file: counts of its hour alone; times as they were known then. */
export interface UsageRow {
  readonly place: FlagPlace;
  readonly first: number;
  readonly last: number | undefined;
  readonly answers: readonly (readonly [value: string, reason: string, count: number])[];
}

/** The text of a file: one array for each flag, since names of flags are no keys of an object. */
export function rowsText(rows: Iterable<UsageRow>): string {
  const shown = [...rows].map(({ place, first, last, answers }) => [...place, first, last ?? null, answers]);
  return JSON.stringify({ version: 1, flags: shown });
}

/** @throws Error in words, where the text is no such file */
export function parseRows(text: string): readonly UsageRow[] {
  const value = JSON.parse(text) as { readonly version?: unknown; readonly flags?: unknown } | null;
  if (value?.version !== 1 || !Array.isArray(value.flags))
    throw new Error("it is no file of counts, or of a later version");
  return value.flags.map(rowOf);
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
