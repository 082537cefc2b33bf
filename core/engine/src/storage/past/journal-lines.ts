/** A daemon's time of keeping the journal, from its beginning on. */
export interface RunLine {
  readonly run: string;
  readonly daemon: string;
  readonly start: number;
}

/** A state of an environment that is served from then on. */
export interface ServedLine {
  readonly run: string;
  readonly environment: string;
  readonly revision: string;
  readonly from: number;
  /** Faulty files, the first few. */
  readonly quarantined: readonly string[];
  /** The clock was set since the line before. */
  readonly break?: true;
}

/** An environment is served no more. */
export interface GoneLine {
  readonly run: string;
  readonly environment: string;
  readonly gone: number;
}

/** The end of a run. */
export interface StopLine {
  readonly run: string;
  readonly stop: number;
}

/** One line of the journal; times are epoch milliseconds. */
export type JournalLine = RunLine | ServedLine | GoneLine | StopLine;

/** Reads lines; what is torn or strange is passed over. */
export function parseLines(text: string): readonly JournalLine[] {
  return text.split("\n").flatMap((line) => {
    const parsed = parseLine(line);
    return parsed === undefined ? [] : [parsed];
  });
}

function parseLine(line: string): JournalLine | undefined {
  if (line === "") return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isLine(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLine(value: unknown): value is JournalLine {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  if (typeof fields.run !== "string") return false;
  if (typeof fields.start === "number") return typeof fields.daemon === "string";
  if (typeof fields.stop === "number") return true;
  if (typeof fields.environment !== "string") return false;
  if (typeof fields.gone === "number") return true;
  return typeof fields.from === "number" && /^[0-9a-f]{40}$/.test(String(fields.revision));
}
