import {
  currentValue,
  type Logger,
  reach,
  type Secret,
  type Sink,
  type SinkEvent,
  signalWithin,
  VexilError,
} from "@vexil/plugin-api";
import type { MakeMessage, Message } from "./formats.js";
import { MOST_EVENTS } from "./settings.js";
import { signature } from "./signature.js";

export interface WebhookOptions {
  readonly url: string;
  readonly secret: Secret | undefined;
  readonly make: MakeMessage;
  /** Events of one request at most. */
  readonly batch: number;
  /** For one request, its answer included. */
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/** Answers that say that the events themselves are not taken. Of others the target, or what it is given, may be mended. */
const REFUSING: readonly number[] = [400, 413, 415, 422];
/** Those that keep method and body. */
const REDIRECTS: readonly number[] = [307, 308];
const MOST_REDIRECTS = 3;
/** Of an answer; nobody reads more than its status. */
const ANSWER_BYTES = 16_384;
const ANSWER_MS = 1_000;
/** The host ends a delivery a little later than this. */
const MARGIN_MS = 2_000;
const LONGEST_MS = 300_000;
/** Ids that are remembered. */
const MOST_TAKEN = 1_000;

/** Sends events to an address over HTTP. */
export class Webhook implements Sink {
  readonly deliverMs: number;
  readonly #options: WebhookOptions;
  readonly #closing = new AbortController();
  /** Ids of events that a request of a delivery took before another one failed: they are not sent once more. */
  readonly #taken = new Set<string>();

  constructor(options: WebhookOptions) {
    this.#options = options;
    const requests = Math.ceil(MOST_EVENTS / options.batch);
    this.deliverMs = Math.min(LONGEST_MS, options.timeoutMs * requests + MARGIN_MS);
  }

  async deliver(events: readonly SinkEvent[], { signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (this.#closing.signal.aborted) throw unavailable("is not asked any more: the sink is closed");
    signal.throwIfAborted();
    const left = events.filter(({ id }) => !this.#taken.has(id));
    const { batch } = this.#options;
    for (let at = 0; at < left.length; at += batch) {
      const some = left.slice(at, at + batch);
      await this.#post(some, signal);
      if (this.#taken.size >= MOST_TAKEN) this.#taken.clear();
      for (const { id } of some) this.#taken.add(id);
    }
    for (const { id } of events) this.#taken.delete(id);
  }

  async #post(events: readonly SinkEvent[], signal: AbortSignal): Promise<void> {
    const { make, timeoutMs } = this.#options;
    const late = signalWithin(timeoutMs, signal, this.#closing.signal);
    const message = make(events);
    let url = new URL(this.#options.url);
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#send(url, message, late);
      await drain(response, late);
      if (response.ok) return;
      if (!REDIRECTS.includes(response.status) || redirects === MOST_REDIRECTS) throw refusal(response);
      url = redirected(url, response);
    }
  }

  async examine({ signal }: { readonly signal: AbortSignal }): Promise<string> {
    const url = new URL(this.#options.url);
    await reach(url, { secure: url.protocol === "https:", signal });
    return `${url.origin} can be reached`;
  }

  async close(): Promise<void> {
    this.#closing.abort(unavailable("is not asked any more: the sink is closed"));
  }

  async #send(url: URL, { contentType, body }: Message, signal: AbortSignal): Promise<Response> {
    const { secret, logger } = this.#options;
    const key = secret === undefined ? undefined : await currentValue(secret, { refresh: false, logger });
    const headers = {
      "content-type": contentType,
      "user-agent": "vexil",
      ...(key === undefined ? {} : { "x-vexil-signature": signature(key, Math.floor(Date.now() / 1000), body) }),
    };
    try {
      return await fetch(url.href, { method: "POST", body, headers, redirect: "manual", signal });
    } catch (error) {
      throw unavailable(signal.aborted ? "did not answer in time" : `cannot be reached: ${reasonOf(error)}`, error);
    }
  }
}

/** Another host may be anybody, or somebody within: loopback, a neighbour, the cloud's metadata. */
function redirected(from: URL, response: Response): URL {
  const location = response.headers.get("location") ?? "";
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (to === undefined) throw unavailable("redirects to what is no address");
  const isUpgrade = from.protocol === "http:" && to.protocol === "https:" && from.port === "" && to.port === "";
  const isSame = to.hostname === from.hostname && (to.host === from.host || isUpgrade);
  if (!isSame || (to.protocol !== from.protocol && !isUpgrade) || `${to.username}${to.password}` !== "") {
    throw unavailable("redirects to another host, which is not followed; name that host in url");
  }
  return to;
}

/** A short answer is read, so that its connection can be used again; a longer or slower one is cut off. */
async function drain({ body }: Response, signal: AbortSignal): Promise<void> {
  if (body === null) return;
  const reader = body.getReader();
  const slow = setTimeout(() => void reader.cancel().catch(() => undefined), ANSWER_MS);
  const cut = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", cut, { once: true });
  try {
    for (let bytes = 0; bytes <= ANSWER_BYTES; ) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.byteLength;
    }
    await reader.cancel();
  } catch {
    // Its status was all there was to know.
  } finally {
    clearTimeout(slow);
    signal.removeEventListener("abort", cut);
  }
}

function refusal(response: Response): VexilError {
  const { status } = response;
  if (REFUSING.includes(status)) {
    return new VexilError("VEXIL_REFUSED_EVENT", `the target of the webhook answered with status ${status}`);
  }
  return unavailable(`answered with status ${status}`, undefined, retryAfter(response));
}

/** Milliseconds that the target asks to wait, by seconds or a date. */
function retryAfter({ headers }: Response): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (value === undefined || value === "") return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

function reasonOf(error: unknown): string {
  const { cause, name } = error as { readonly cause?: Partial<NodeJS.ErrnoException>; readonly name?: string };
  return cause?.code ?? cause?.message ?? name ?? "unknown";
}

function unavailable(what: string, cause?: unknown, retryAfterMs?: number): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_SINK", `the target of the webhook ${what}`, {
    ...(retryAfterMs === undefined ? {} : { details: { retryAfterMs } }),
    cause,
  });
}
