import type { Readable } from "node:stream";
import type { EdgeConfig } from "@vexil/config/config";
import { openHttpClient } from "@vexil/git/transport/http-client";
import { exchangeError } from "@vexil/git/transport/http-errors";
import { VexilError } from "@vexil/plugin-api/errors";
import { retryAfterMs } from "./retry-after.js";
import type { UpstreamCredential } from "./upstream-credential.js";

type HttpClient = Awaited<ReturnType<typeof openHttpClient>>;
type Headers = Readonly<Record<string, string>>;

/** One request to the upstream. */
export interface UpstreamRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path and query below the upstream's address. */
  readonly path: string;
  readonly headers?: Headers;
  readonly body?: Uint8Array | string;
  readonly signal: AbortSignal;
  /** Longest silence, before the answer and within it. */
  readonly silenceMs: number;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

/** Speaks HTTP with the upstream, and with nobody else: redirects are not followed. */
export class UpstreamClient {
  /** Without secrets. */
  readonly address: string;
  readonly #http: HttpClient;
  readonly #credential: UpstreamCredential;

  private constructor(address: string, http: HttpClient, credential: UpstreamCredential) {
    this.address = address;
    this.#http = http;
    this.#credential = credential;
  }

  static async open({ upstream, template }: EdgeConfig, credential: UpstreamCredential): Promise<UpstreamClient> {
    const { caCertPath, caCertBytes, insecureSkipTls, timeouts } = template;
    const http = await openHttpClient({ caCertPath, caCertBytes, insecureSkipTls }, timeouts.connectMs);
    return new UpstreamClient(upstream, http, credential);
  }

  /**
   * Sends a request as this daemon, and reads its JSON.
   * @param most bytes of the answer
   * @throws VexilError of the connection, or of what was answered
   */
  async json(request: Omit<UpstreamRequest, "headers">, most: number): Promise<unknown> {
    const answer = await this.asOwn(request);
    const text = await readText(answer.body, most).catch((error: unknown) => {
      throw this.named(exchangeError(error, "body", "http"));
    });
    try {
      return JSON.parse(text);
    } catch {
      throw this.named(new VexilError("VEXIL_REMOTE_PROTOCOL", "its answer is no JSON; is it a vexil daemon?"));
    }
  }

  /** As `json`, with the answer as it comes; of a status other than 2xx nothing is read but what it says of itself. */
  async asOwn(request: UpstreamRequest): Promise<UpstreamAnswer> {
    for (const refresh of [false, true]) {
      const headers = { ...request.headers, ...(await this.#credential(refresh)) };
      const answer = await this.send({ ...request, headers });
      if (answer.status >= 200 && answer.status < 300) return answer;
      const words = await readText(answer.body, 4_096).catch(() => "");
      if (answer.status !== 401 || refresh) throw this.named(refusal(answer, words));
    }
    throw new VexilError("VEXIL_INTERNAL_BUG", "a refused request was not told of");
  }

  /** Sends a request as it is. @throws VexilError of the connection */
  async send({ method, path, headers, body, signal, silenceMs }: UpstreamRequest): Promise<UpstreamAnswer> {
    const { origin, pathname } = new URL(this.address);
    try {
      const {
        statusCode,
        headers: answered,
        body: content,
      } = await this.#http.request({
        origin,
        path: `${pathname.replace(/\/+$/, "")}${path}`,
        method,
        headers: { ...headers },
        body: body ?? null,
        signal,
        headersTimeout: silenceMs,
        bodyTimeout: silenceMs,
      });
      return { status: statusCode, headers: answered, body: content };
    } catch (error) {
      if (signal.aborted) throw this.named(aborted(signal.reason));
      throw this.named(exchangeError(error, "head", "http"));
    }
  }

  /** The error with the upstream's address before its message. */
  named(error: VexilError): VexilError {
    return new VexilError(error.code, `${this.address}: ${error.message}`, { details: error.details, cause: error });
  }

  async close(): Promise<void> {
    await this.#http.destroy();
  }
}

/** @throws Error when it is larger */
export async function readText(body: Readable, most: number): Promise<string> {
  return (await readBytes(body, most)).toString("utf8");
}

/** @throws VexilError VEXIL_CONNECTION_ENDLESS when it is larger */
export async function readBytes(body: Readable, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > most) throw new VexilError("VEXIL_CONNECTION_ENDLESS", `its answer is larger than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function aborted(reason: unknown): VexilError {
  if (VexilError.is(reason)) return reason;
  const isLate = (reason as Error | undefined)?.name === "TimeoutError";
  return isLate
    ? new VexilError("VEXIL_CONNECTION_TIMEOUT", "no whole answer came in time")
    : new VexilError("VEXIL_INTERNAL_CANCELLED", "the request was given up");
}

function refusal({ status, headers }: UpstreamAnswer, words: string): VexilError {
  const asked = retryAfterMs(headers["retry-after"]);
  const details = asked === undefined ? {} : { retryAfterMs: asked };
  const said = saidIn(words);
  if (status >= 300 && status < 400) {
    return new VexilError("VEXIL_REMOTE_REDIRECT", "it redirects elsewhere; give the daemon's own address", {
      details,
    });
  }
  if (status === 401 || status === 403) {
    return new VexilError("VEXIL_AUTH_REJECTED", `it refuses edge.credentials (${status}${said})`, { details });
  }
  if (status === 404) {
    return new VexilError("VEXIL_REMOTE_NOT_FOUND", "it does not know the request; is it a vexil of this version?");
  }
  if (status === 429) return new VexilError("VEXIL_CONNECTION_RATE_LIMITED", "it asks for fewer requests", { details });
  const code = status >= 500 ? "VEXIL_CONNECTION_STATUS_5XX" : "VEXIL_REMOTE_STATUS";
  return new VexilError(code, `it answers with status ${status}${said}`, { details });
}

/** Words of an error's answer, in a line. */
function saidIn(words: string): string {
  try {
    const { message } = JSON.parse(words) as { readonly message?: unknown };
    if (typeof message !== "string") return "";
    return `: ${message.replace(/\p{Cc}+/gu, " ").slice(0, 200)}`;
  } catch {
    return "";
  }
}
