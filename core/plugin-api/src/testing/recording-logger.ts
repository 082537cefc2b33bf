import { inspect } from "node:util";
import type { Level, LogFields, Logger } from "../logger.js";

/** One line as it was logged, with the fields of all parents. */
export interface RecordedLine {
  readonly level: Level;
  readonly event: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that remembers its lines and those of its children. */
export class RecordingLogger implements Logger {
  readonly lines: RecordedLine[];
  readonly #fields: LogFields;

  constructor(lines: RecordedLine[] = [], fields: LogFields = {}) {
    this.lines = lines;
    this.#fields = fields;
  }

  log(level: Level, event: string, message: string, fields: LogFields = {}): void {
    this.lines.push({ level, event, message, fields: { ...this.#fields, ...fields } });
  }

  child(fields: LogFields): RecordingLogger {
    return new RecordingLogger(this.lines, { ...this.#fields, ...fields });
  }

  /** All that was logged as one text, errors with their causes and properties, to look for what must not be there. */
  text(): string {
    return inspect(this.lines, { depth: 12, maxStringLength: Number.POSITIVE_INFINITY, showHidden: true });
  }
}
