import { createTraceState, type SpanContext } from "@opentelemetry/api";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace-base";

/** Where a span stands, as a message can carry it. */
interface ShippedContext extends Omit<SpanContext, "traceState"> {
  readonly traceState: string | undefined;
}

/** A span that has ended, as a worker sends it to the process that exports it. */
export interface ShippedSpan
  extends Pick<
    ReadableSpan,
    | "name"
    | "kind"
    | "startTime"
    | "endTime"
    | "duration"
    | "status"
    | "attributes"
    | "events"
    | "droppedAttributesCount"
    | "droppedEventsCount"
  > {
  readonly context: ShippedContext;
  readonly parent: ShippedContext | undefined;
}

const shippedContext = ({ traceState, ...rest }: SpanContext): ShippedContext => ({
  ...rest,
  traceState: traceState?.serialize(),
});

const contextOf = ({ traceState, ...rest }: ShippedContext): SpanContext => ({
  ...rest,
  ...(traceState === undefined ? {} : { traceState: createTraceState(traceState) }),
});

export function shipped(span: ReadableSpan): ShippedSpan {
  const { name, kind, startTime, endTime, duration, status, attributes, events, parentSpanContext } = span;
  const { droppedAttributesCount, droppedEventsCount } = span;
  return {
    ...{ name, kind, startTime, endTime, duration, status, attributes, events },
    ...{ droppedAttributesCount, droppedEventsCount },
    context: shippedContext(span.spanContext()),
    parent: parentSpanContext === undefined ? undefined : shippedContext(parentSpanContext),
  };
}

/** The span as the SDK's processors take it. */
export function unshipped(
  { context, parent, ...span }: ShippedSpan,
  common: Pick<ReadableSpan, "resource" | "instrumentationScope">,
): ReadableSpan {
  const spanContext = contextOf(context);
  return {
    ...span,
    ...common,
    ...(parent === undefined ? {} : { parentSpanContext: contextOf(parent) }),
    spanContext: () => spanContext,
    ended: true,
    links: [],
    droppedLinksCount: 0,
  };
}

const MOST_WAITING = 2048;
const TOGETHER_MS = 200;

/** Sends spans that have ended to another process, some together, one message at a time. */
export class SpanShipper implements SpanProcessor {
  readonly #send: (spans: readonly ShippedSpan[], dropped: number) => Promise<void>;
  #waiting: ShippedSpan[] = [];
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;

  /** @param send resolves when the message has left */
  constructor(send: (spans: readonly ShippedSpan[], dropped: number) => Promise<void>) {
    this.#send = send;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.hasPlace()) this.#waiting.push(shipped(span));
    this.#timer ??= setTimeout(() => void this.forceFlush(), TOGETHER_MS).unref();
  }

  /** False: one more would be dropped, and is counted as that. */
  hasPlace(): boolean {
    if (this.#waiting.length < MOST_WAITING) return true;
    this.#dropped += 1;
    return false;
  }

  async forceFlush(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#sending !== undefined) await this.#sending;
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const [spans, dropped] = [this.#waiting, this.#dropped];
    this.#waiting = [];
    this.#dropped = 0;
    this.#sending = this.#send(spans, dropped).finally(() => {
      this.#sending = undefined;
    });
    await this.#sending;
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }
}
