import { signalWithin } from "./signal-within.js";

/**
 * Bounds of one request, answer included.
 * @example { deadlineMs: 10_000, maxBytes: 2 ** 20 }
 */
export interface FetchBounds {
  readonly deadlineMs: number;
  readonly maxBytes: number;
  /** Ends requests that are under way. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Options of one request, as libraries hand them over: what is undefined counts as absent.
 * @example { method: "POST", body: new URLSearchParams({ code }), redirect: "manual" }
 */
export interface BoundedRequest extends Omit<RequestInit, "body" | "signal"> {
  readonly body?: RequestInit["body"] | undefined;
  readonly signal?: AbortSignal | null | undefined;
}

/**
 * A `fetch` that has read the whole answer when it resolves. It rejects when the answer takes longer, or is larger, than
 * its bounds. Libraries that take a `fetch` of one's own can be given it.
 * @example const keys = createRemoteJWKSet(url, { [customFetch]: boundedFetch({ deadlineMs: 5_000, maxBytes: 2 ** 20 }) })
 */
export function boundedFetch(bounds: FetchBounds): (url: string | URL, init?: BoundedRequest) => Promise<Response> {
  return async (url, init = {}) => {
    const others = [bounds.signal, init.signal].filter((one) => one !== undefined && one !== null);
    const signal = signalWithin(bounds.deadlineMs, ...others);
    const response = await fetch(url, { ...init, body: init.body ?? null, signal });
    const body = await readAtMost(response, bounds.maxBytes);
    const { status, statusText, headers } = response;
    return new Response(body.length === 0 ? null : body, { status, statusText, headers });
  };
}

async function readAtMost(response: Response, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > maxBytes) throw new RangeError(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
