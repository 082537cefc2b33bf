/** From what only helps to find a fault, to what ends the daemon. `info`: something changed; `warn`: it is tried again; `error`: needs an operator. */
export type Level = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/**
 * Structured fields of a log line: snake_case keys, the unit in the name. Never a secret, a header or a whole setting.
 * @example { storage: "main", duration_ms: 12.5, size_bytes: 4096 }
 */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Writes one structured line. `event` is `noun.past-verb` in dotted lower case, constant; `message` is constant for
 * each event; all that varies is in `fields`. The host adds the storage (or credential) and the plugin's name. Never
 * throws, never waits. pino's child loggers are wrapped in this shape.
 * @example logger.log("warn", "acme.retried", "a request is tried again", { attempt: 2 })
 */
export interface Logger {
  log(level: Level, event: string, message: string, fields?: LogFields): void;
  /** A logger whose lines all carry `fields`. */
  child(fields: LogFields): Logger;
}
