import type { LogRecordProcessor, ReadWriteLogRecord } from "@opentelemetry/sdk-logs";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { ExportWatch } from "./export-watch.js";
import type { Room } from "./room.js";

/** Lets spans in as long as there is room for them; those dropped are counted. */
export class BoundedSpans implements SpanProcessor {
  readonly #inner: SpanProcessor;
  readonly #room: Room;
  readonly #watch: ExportWatch;

  constructor(inner: SpanProcessor, room: Room, watch: ExportWatch) {
    this.#inner = inner;
    this.#room = room;
    this.#watch = watch;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & 1) === 0) return;
    if (this.#room.take()) this.#inner.onEnd(span);
    else this.#watch.dropped(1);
  }

  forceFlush(): Promise<void> {
    return this.#inner.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown();
  }
}

/** The same for records of the log. */
export class BoundedRecords implements LogRecordProcessor {
  readonly #inner: LogRecordProcessor;
  readonly #room: Room;
  readonly #watch: ExportWatch;

  constructor(inner: LogRecordProcessor, room: Room, watch: ExportWatch) {
    this.#inner = inner;
    this.#room = room;
    this.#watch = watch;
  }

  onEmit(record: ReadWriteLogRecord): void {
    if (this.#room.take()) this.#inner.onEmit(record);
    else this.#watch.dropped(1);
  }

  forceFlush(): Promise<void> {
    return this.#inner.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown();
  }
}
