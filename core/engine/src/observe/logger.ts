import type { LogConfig } from "@vexil/config/config";
import { redactFields } from "@vexil/config/redact";
import type { Level, LogFields, Logger } from "@vexil/plugin-api";
import { pino } from "pino";
import { EVENTS } from "./catalogue.js";
import { openDestination } from "./destination.js";
import { LEVELS } from "./levels.js";
import { LineSampler } from "./line-sampler.js";
import type { LoggerOptions } from "./logger-options.js";

/** The logger of the process: children share its level. */
export interface RootLogger extends Logger {
  /** May be changed at any time. */
  level: Level;
  /** May be changed at any time. */
  sampling: LogConfig["sampling"];
  /** Opens `log.file` again, after it was moved away. Without one: nothing. */
  reopen(): void;
  /** Resolves when everything is written; nothing may be logged afterwards. */
  end(): Promise<void>;
}

/**
 * One JSON object a line, or readable lines on a terminal. Lines carry time (RFC 3339, ms), level, event and message;
 * `log.keys` renames three of them.
 * @throws VexilError VEXIL_VALIDATION_CONFIG when `log.file` cannot be opened
 */
export function createLogger(log: LogConfig, options: LoggerOptions = {}): RootLogger {
  const destination = openDestination(log, options);
  const { time, level, message } = log.keys;
  const sink = pino(
    {
      level: "trace",
      base: null,
      messageKey: message,
      timestamp: () => `,${JSON.stringify(time)}:"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ [level]: label }) },
    },
    destination.stream,
  );
  const reserved = new Set([time, level, message, "event"]);
  const shared: Shared = {
    level: log.level,
    sampling: log.sampling,
    sampler: new LineSampler(
      () => shared.sampling,
      (...line) => logger.sum(...line),
    ),
  };
  const logger = new PinoLogger(sink, shared, reserved);
  return {
    log: (...line) => logger.log(...line),
    child: (fields) => logger.child(fields),
    get level() {
      return shared.level;
    },
    set level(wanted) {
      shared.level = wanted;
    },
    get sampling() {
      return shared.sampling;
    },
    set sampling(wanted) {
      shared.sampling = wanted;
    },
    reopen: () => destination.reopen(),
    end: () => {
      shared.sampler.flush();
      return destination.end();
    },
  };
}

interface Shared {
  level: Level;
  sampling: LogConfig["sampling"];
  readonly sampler: LineSampler;
}

class PinoLogger implements Logger {
  readonly #sink: pino.Logger;
  readonly #shared: Shared;
  readonly #reserved: ReadonlySet<string>;
  readonly #fields: LogFields;

  constructor(sink: pino.Logger, shared: Shared, reserved: ReadonlySet<string>, fields = {}) {
    this.#sink = sink;
    this.#shared = shared;
    this.#reserved = reserved;
    this.#fields = fields;
  }

  log(level: Level, event: string, message: string, fields: LogFields = {}): void {
    if (LEVELS[level] < LEVELS[this.#shared.level]) return;
    const all = { ...this.#fields, ...fields };
    if (this.#shared.sampler.takes(level, event, all)) this.#write(level, event, message, all);
  }

  /** Writes the line that stands for others. */
  sum(level: Level, fields: LogFields): void {
    this.#write(level, "lines.summed", EVENTS["lines.summed"].message, fields);
  }

  #write(level: Level, event: string, message: string, fields: LogFields): void {
    const line: Record<string, unknown> = { event };
    for (const [key, value] of Object.entries(redactFields(fields))) {
      line[this.#reserved.has(key) ? `field_${key}` : key] = value;
    }
    this.#sink[level](line, message);
  }

  child(fields: LogFields): Logger {
    return new PinoLogger(this.#sink, this.#shared, this.#reserved, { ...this.#fields, ...fields });
  }
}
