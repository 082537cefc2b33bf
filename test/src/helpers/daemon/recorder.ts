import type { Level, LogFields, Logger } from "@vexil/plugin-api";

/** A line as it was logged. */
export interface RecordedLine extends LogFields {
  readonly level: Level;
  readonly event: string;
}

/** A logger that keeps what it is given. */
export function recorder(): { readonly logger: Logger; readonly lines: RecordedLine[] } {
  const lines: RecordedLine[] = [];
  const make = (base: LogFields): Logger => ({
    log: (level, event, message, fields) => void lines.push({ ...base, message, ...fields, level, event }),
    child: (fields) => make({ ...base, ...fields }),
  });
  return { logger: make({}), lines };
}
