import { isSpanContextValid, type SpanContext, trace } from "@opentelemetry/api";
import type { LogFields } from "@vexil/plugin-api";

const MOST = 1000;

/** Spans by the ids of the log lines that are about the same: of requests that write, and correlation ids of polls. */
export class TraceIds {
  /** Of writes under way: callers choose the ids, so several may have the same. */
  readonly #during = new Map<string, readonly SpanContext[]>();
  /** Of what may be told of for a while after its end; the oldest goes first. */
  readonly #kept = new Map<string, SpanContext>();

  add(id: string, span: SpanContext): void {
    this.#kept.delete(id);
    this.#kept.set(id, span);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** Adds one until the function that is returned is called. */
  during(id: string, span: SpanContext): () => void {
    this.#during.set(id, [...(this.#during.get(id) ?? []), span]);
    return () => {
      const left = (this.#during.get(id) ?? []).filter((one) => one !== span);
      if (left.length === 0) this.#during.delete(id);
      else this.#during.set(id, left);
    };
  }

  /** In the order they were added. */
  of(id: string): readonly SpanContext[] {
    const kept = this.#kept.get(id);
    return this.#during.get(id) ?? (kept === undefined ? [] : [kept]);
  }

  /** The span that a line is about: of its request or poll, or else the request under way. */
  ofLine({ request_id: request, correlation_id: correlation }: LogFields): SpanContext | undefined {
    for (const id of [request, correlation]) {
      const found = typeof id === "string" ? this.of(id).at(-1) : undefined;
      if (found !== undefined) return found;
    }
    // What a request has begun and left running goes on in its context after its end.
    const active = trace.getActiveSpan();
    const context = active?.isRecording() === true ? active.spanContext() : undefined;
    return context !== undefined && isSpanContextValid(context) ? context : undefined;
  }
}
