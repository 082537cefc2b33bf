export type Level = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/** Structured fields of a log line: snake_case keys, the unit in the name (`duration_ms`). */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Writes one structured line. `event` is `noun.past-verb` in dotted lower case, constant; `message` is constant for
 * each event; all that varies is in `fields`. pino's child loggers are wrapped in this shape.
 */
export interface Logger {
  log(level: Level, event: string, message: string, fields?: LogFields): void;
  /** A logger whose lines all carry `fields`. */
  child(fields: LogFields): Logger;
}
