import { EventSourceParserStream } from "eventsource-parser/stream";
import { noteAbsent } from "./absent-routes.js";
import { ApiError, errorOf } from "./api-error.js";
import { BASE } from "./base.js";
import type { ChangedType } from "./fresh-changes.js";
import { heldToken } from "./token.js";

/** Members of an event that pages read; it has more. */
export interface ToldEvent {
  readonly kind: "change" | "quarantine" | "gap" | "storage";
  readonly id?: string;
  readonly time?: string;
  readonly storage?: string;
  readonly environment?: string;
  readonly namespace?: string;
  readonly type?: ChangedType;
  readonly key?: string;
  readonly revision?: string;
  readonly actor?: string;
  readonly subject?: string;
  readonly file?: string;
  readonly reason?: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

interface Follower {
  /** Parameters of the stream: those events alone. */
  readonly query: Readonly<Record<string, string>>;
  readonly onEvent: (event: ToldEvent) => void;
  /** True from when the stream is open until it ends. */
  readonly onOpen: (isOpen: boolean) => void;
  /** Told why the stream could not be opened; it is tried again all the same. */
  readonly onFault?: (error: ApiError) => void;
}

const SHORTEST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** The server says at least so often that it is there. */
const SILENCE_MS = 40_000;

/**
 * Follows events, and goes on where it was when the stream breaks. A page that nobody sees lets go
 * of it: browsers open few connections to a server at once, whatever the number of pages.
 * @returns ends it
 */
export function followEvents(follower: Follower): () => void {
  const ended = new AbortController();
  let after: string | undefined;
  let failures = 0;
  const run = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await seen(ended.signal);
      const attempt = new AbortController();
      endWhenHidden(attempt, ended.signal);
      try {
        for await (const { id, data } of eventsAfter(follower, after, attempt.signal)) {
          failures = 0;
          if (id !== undefined) after = id;
          if (data !== undefined) follower.onEvent(data);
        }
      } catch (error) {
        // Whoever has not the right, or a server without events, is asked now and then: both may change.
        if (error instanceof ApiError) follower.onFault?.(error);
      } finally {
        attempt.abort();
      }
      follower.onOpen(false);
      failures += 1;
      if (!document.hidden) await pause(failures, ended.signal);
    }
  };
  void run();
  return () => ended.abort();
}

interface Piece {
  readonly id: string | undefined;
  readonly data: ToldEvent | undefined;
}

async function* eventsAfter(
  { query, onOpen }: Follower,
  after: string | undefined,
  gone: AbortSignal,
): AsyncGenerator<Piece> {
  const silent = new AbortController();
  const token = heldToken();
  const response = await fetch(`${BASE}api/v2/events?${new URLSearchParams(query)}`, {
    signal: AbortSignal.any([gone, silent.signal]),
    headers: {
      Accept: "text/event-stream",
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(after !== undefined && { "Last-Event-ID": after }),
    },
  });
  if (!response.ok || response.body === null) {
    await noteAbsent("/api/v2/events", response);
    throw errorOf(response, await response.json().catch(() => undefined));
  }
  onOpen(true);
  let timer = setTimeout(() => silent.abort(), SILENCE_MS);
  const heard = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), SILENCE_MS);
      controller.enqueue(chunk);
    },
  });
  const reader = response.body
    .pipeThrough(heard)
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const { id, event, data } = read.value;
      yield { id, data: event === undefined ? (JSON.parse(data) as ToldEvent) : undefined };
    }
  } finally {
    clearTimeout(timer);
    silent.abort();
  }
}

/** Resolves when the page can be seen, or the signal comes. */
function seen(signal: AbortSignal): Promise<void> {
  if (!document.hidden || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const once = new AbortController();
    const done = (): void => {
      if (document.hidden && !signal.aborted) return;
      once.abort();
      resolve();
    };
    document.addEventListener("visibilitychange", done, { signal: once.signal });
    signal.addEventListener("abort", done, { signal: once.signal });
  });
}

/** Ends an attempt when the page cannot be seen any more, or with the signal. */
function endWhenHidden(attempt: AbortController, signal: AbortSignal): void {
  const look = (): void => {
    if (document.hidden || signal.aborted) attempt.abort();
  };
  document.addEventListener("visibilitychange", look, { signal: attempt.signal });
  signal.addEventListener("abort", look, { signal: attempt.signal });
  look();
}

/** Waits longer each time, and never as long as all others. */
function pause(failures: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** Math.min(failures, 10));
  const once = new AbortController();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      once.abort();
      resolve();
    };
    const timer = setTimeout(done, longest * (0.5 + Math.random() / 2));
    signal.addEventListener("abort", done, { signal: once.signal });
  });
}
