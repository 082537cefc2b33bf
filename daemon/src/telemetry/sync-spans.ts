import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { redactText } from "@vexil/config/redact";
import type { SyncEvent } from "@vexil/engine/model/events";
import type { VexilError } from "@vexil/plugin-api/errors";
import type { TraceIds } from "./trace-ids.js";

const MOST_KEPT = 500;

type Of<Type extends SyncEvent["type"]> = Extract<SyncEvent, { readonly type: Type }>;

/** Time that something took, as epoch milliseconds. */
interface Period {
  readonly since: number;
  readonly until: number;
}

/**
 * Spans of polls, fetches, builds, publications and pushes, made of what storages tell: they end with their event and
 * began as long before as it says. A build or push belongs to the poll or the writes that it names; one that nobody
 * asked for is a trace of its own.
 */
export class SyncSpans {
  readonly #tracer: Tracer;
  readonly #ids: TraceIds;
  /** Polls under way. */
  readonly #polls = new Map<string, { readonly span: Span; readonly since: number }>();
  /** By environment and revision; whichever of the two comes first waits for the other. */
  readonly #builds = new Map<string, Context>();
  readonly #published = new Map<string, Period>();

  /** @param ids where writes under way are found, and polls from now on */
  constructor(tracer: Tracer, ids: TraceIds) {
    this.#tracer = tracer;
    this.#ids = ids;
  }

  apply(event: SyncEvent): void {
    switch (event.type) {
      case "poll.began":
        this.#began(event);
        break;
      case "fetch.succeeded":
        this.#polled(event, { since: event.at - event.durationMs, until: event.at });
        break;
      case "fetch.failed":
        this.#polled(event, undefined, event.error);
        break;
      case "snapshot.built":
        this.#built(event);
        break;
      case "push.succeeded":
        this.#span("push", event, periodOf(event), {
          "vcs.ref.head.name": shortName(event.ref),
          "vcs.ref.head.revision": event.revision,
          "vexil.commits": event.commits,
        });
        break;
      default:
        break;
    }
  }

  published(environment: string, revision: string, period: Period): void {
    const key = placeOf(environment, revision);
    const build = this.#builds.get(key);
    if (build === undefined) keep(this.#published, key, period);
    else this.#publish(build, environment, period);
  }

  #began({ storage, at, correlationId }: Of<"poll.began">): void {
    if (correlationId === undefined) return;
    const span = this.#tracer.startSpan(
      "poll",
      { root: true, startTime: at, attributes: { "vexil.storage": storage } },
      ROOT_CONTEXT,
    );
    this.#ids.add(correlationId, span.spanContext());
    keep(this.#polls, correlationId, { span, since: at });
  }

  /** @param told when it was fetched, as far as the event knows how long that took */
  #polled(event: Of<"fetch.succeeded" | "fetch.failed">, told: Period | undefined, error?: VexilError): void {
    const { correlationId = "", at } = event;
    const poll = this.#polls.get(correlationId);
    if (poll === undefined) return;
    this.#polls.delete(correlationId);
    const { span, since } = poll;
    // It begins with fetching, and what is fetched is built after that.
    const fetched = told === undefined ? at : Math.min(at, since + (told.until - told.since));
    const fetching = this.#tracer.startSpan("fetch", { startTime: since }, trace.setSpan(ROOT_CONTEXT, span));
    fetching.setAttribute("vexil.storage", event.storage);
    if (event.type === "fetch.succeeded") {
      fetching.setAttribute("vexil.fetch.bytes", event.bytes);
      span.setAttribute("vexil.changed", event.changed);
      if (event.revision !== undefined) span.setAttribute("vcs.ref.head.revision", event.revision);
    }
    if (error !== undefined) for (const one of [fetching, span]) fail(one, error);
    fetching.end(fetched);
    span.end(at);
  }

  #built(event: Of<"snapshot.built">): void {
    const { branch, environments, revision, quarantined, files, flags } = event;
    const build = this.#span("build", event, periodOf(event), {
      "vcs.ref.head.name": branch,
      "vcs.ref.head.revision": revision,
      "vexil.environments": [...environments],
      "vexil.files": files,
      "vexil.flags": flags,
      "vexil.quarantined": quarantined.length,
    });
    for (const environment of environments) {
      const key = placeOf(environment, revision);
      keep(this.#builds, key, build);
      const period = this.#published.get(key);
      this.#published.delete(key);
      if (period !== undefined) this.#publish(build, environment, period);
    }
  }

  #publish(build: Context, environment: string, { since, until }: Period): void {
    const attributes = { "vexil.environment": environment };
    this.#tracer.startSpan("publish", { startTime: since, attributes }, build).end(until);
  }

  /** A span of what has ended, below the first of those whose work it was, with links to the others. */
  #span(name: string, event: SyncEvent, { since, until }: Period, attributes: Attributes): Context {
    const { requestId, requestIds = requestId === undefined ? undefined : [requestId], correlationId } = event;
    const ids = requestIds ?? (correlationId === undefined ? [] : [correlationId]);
    const [parent, ...others] = ids.flatMap((id) => this.#ids.of(id));
    const span = this.#tracer.startSpan(
      name,
      {
        startTime: since,
        attributes: { "vexil.storage": event.storage, ...attributes },
        links: others.map((context) => ({ context })),
        root: parent === undefined,
      },
      parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
    );
    span.end(until);
    return trace.setSpan(ROOT_CONTEXT, span);
  }
}

/** Marks a span as failed. Its message is without what a URL may hold of secrets, as in the log. */
export function fail(span: Span, { code, message, details }: VexilError): void {
  span.setAttribute("error.type", code);
  if (details.step !== undefined) span.setAttribute("vexil.step", String(details.step));
  span.setStatus({ code: SpanStatusCode.ERROR, message: redactText(message).slice(0, 300) });
}

function periodOf({ at, durationMs }: { readonly at: number; readonly durationMs: number }): Period {
  return { since: at - durationMs, until: at };
}

function placeOf(environment: string, revision: string): string {
  return `${environment}\0${revision}`;
}

function shortName(ref: string): string {
  return ref.replace(/^refs\/heads\//, "");
}

function keep<Kept>(kept: Map<string, Kept>, key: string, value: Kept): void {
  kept.set(key, value);
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
}
