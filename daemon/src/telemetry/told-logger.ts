import { type Context, ROOT_CONTEXT, type SpanContext, trace } from "@opentelemetry/api";
import { type LogAttributes, type Logger as RecordLogger, SeverityNumber } from "@opentelemetry/api-logs";
import { redactFields } from "@vexil/config/redact";
import { LEVELS } from "@vexil/engine/observe/levels";
import type { RootLogger } from "@vexil/engine/observe/logger";
import type { Level, LogFields, Logger } from "@vexil/plugin-api";

const SEVERITIES: Readonly<Record<Level, SeverityNumber>> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};

/** Additions to the log. */
export interface Telling {
  /** The span that a line with these fields is about. */
  readonly spanOf: (fields: LogFields) => SpanContext | undefined;
  /** Where lines go besides; undefined: nowhere. */
  readonly records: RecordLogger | undefined;
}

/** The log, whose lines name their trace, and go to the collector as well. */
export function toldLogger(logger: RootLogger, telling: Telling): RootLogger {
  const told = tell(logger, logger, {}, telling);
  return {
    ...told,
    get level() {
      return logger.level;
    },
    set level(wanted) {
      logger.level = wanted;
    },
    get sampling() {
      return logger.sampling;
    },
    set sampling(wanted) {
      logger.sampling = wanted;
    },
    reopen: () => logger.reopen(),
    end: () => logger.end(),
  };
}

/** @param bound fields of each line, which `logger` adds by itself */
function tell(logger: Logger, root: { readonly level: Level }, bound: LogFields, telling: Telling): Logger {
  const { spanOf, records } = telling;
  return {
    log: (level, event, message, fields = {}) => {
      if (LEVELS[level] < LEVELS[root.level]) return;
      const all: LogFields = { ...bound, ...fields };
      const span = spanOf(all);
      const ids = span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
      logger.log(level, event, message, { ...fields, ...ids });
      records?.emit({
        timestamp: Date.now(),
        eventName: event,
        severityNumber: SEVERITIES[level],
        severityText: level,
        body: message,
        attributes: attributesOf(all),
        context: contextOf(span),
      });
    },
    child: (fields) => tell(logger.child(fields), root, { ...bound, ...fields }, telling),
  };
}

function contextOf(span: SpanContext | undefined): Context {
  return span === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, span);
}

/** As in the log: redacted, and nothing but what JSON has. */
function attributesOf(fields: LogFields): LogAttributes {
  return JSON.parse(JSON.stringify(redactFields(fields))) as LogAttributes;
}
