import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { HttpAuthenticator, SignedRequest } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Dispatcher } from "undici";
import type { Capabilities } from "../protocol/capabilities.js";
import { PacketReader } from "../protocol/pkt-line.js";
import type { Operation } from "../remote/operation.js";
import type { RemoteTls } from "../remote/remote.js";
import { displayUrl } from "./display-url.js";
import { bodySource, readWords, target } from "./http-answer.js";
import { openHttpClient } from "./http-client.js";
import { exchangeError, statusError } from "./http-errors.js";
import { type Conversation, GREETING_BYTES, type Service, type Transport } from "./transport.js";

export interface HttpTransportOptions {
  /** Without user information. */
  readonly url: string;
  readonly storage: string;
  readonly credential: string | undefined;
  readonly authenticator: HttpAuthenticator | undefined;
  readonly tls: RemoteTls;
  readonly connectMs: number;
}

const READ_TRIES = 3;
const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Smart HTTP (gitprotocol-http(5)), with version 2 where the server has it: a known server is asked in one request. */
export class HttpTransport implements Transport {
  readonly #options: HttpTransportOptions;
  readonly #sites = new Map<Service, Site>();
  #client: Promise<Dispatcher> | undefined;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
  }

  async open(service: Service, operation: Operation): Promise<Conversation> {
    this.#client ??= openHttpClient(this.#options.tls, this.#options.connectMs);
    const client = await operation.untilAborted(this.#client).catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    let site = this.#sites.get(service);
    if (site === undefined) {
      site = { base: this.#options.url.replace(/\/+$/, ""), capabilities: undefined };
      this.#sites.set(service, site);
    }
    return new HttpConversation(client, service, site, this.#options);
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    await client?.destroy();
  }
}

/** Facts about a service that are remembered from one operation to the next. */
interface Site {
  /** Where it lives: the configured URL, or where that redirects to. */
  base: string;
  capabilities: Capabilities | undefined;
}

interface Exchange {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly body?: Buffer;
}

class HttpConversation implements Conversation {
  readonly #client: Dispatcher;
  readonly #service: Service;
  readonly #site: Site;
  readonly #options: HttpTransportOptions;
  #answer: Dispatcher.ResponseData | undefined;

  constructor(client: Dispatcher, service: Service, site: Site, options: HttpTransportOptions) {
    this.#client = client;
    this.#service = service;
    this.#site = site;
    this.#options = options;
  }

  get capabilities(): Capabilities | undefined {
    return this.#site.capabilities;
  }

  set capabilities(capabilities: Capabilities | undefined) {
    this.#site.capabilities = capabilities;
  }

  async greet(operation: Operation): Promise<PacketReader> {
    let url = `${this.#options.url.replace(/\/+$/, "")}/info/refs?service=${this.#service}`;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await this.#ask(operation, { method: "GET", url });
      if (!REDIRECTS.has(answer.statusCode)) {
        await this.#check(operation, answer);
        this.#site.base = baseOf(url) ?? this.#site.base;
        return this.#reader(operation, answer, GREETING_BYTES);
      }
      await answer.body.dump();
      url = this.#follow(url, answer, redirects);
    }
  }

  async request(operation: Operation, body: readonly Uint8Array[], limit: number): Promise<PacketReader> {
    const bytes = Buffer.concat(body);
    const post = (): Promise<Dispatcher.ResponseData> =>
      this.#ask(operation, { method: "POST", url: `${this.#site.base}/${this.#service}`, body: bytes });
    let answer = await post();
    if (REDIRECTS.has(answer.statusCode) && this.#service === "git-upload-pack") {
      // A request is never sent on to where its answer points; the greeting is, and shows where the service is now.
      await answer.body.dump();
      const greeting = await this.greet(operation);
      while (!(await isEnd(greeting)));
      answer = await post();
    }
    if (REDIRECTS.has(answer.statusCode)) {
      throw redirectError(`it redirects the request to ${displayUrl(target(answer, this.#site.base) ?? "nowhere")}`);
    }
    await this.#check(operation, answer);
    return this.#reader(operation, answer, limit);
  }

  async endAnswer(reader: PacketReader): Promise<void> {
    await reader.finish();
    // undici frees the connection in the turn after; a request made before would open a second one.
    await nextTurn();
  }

  release(): void {
    // Nothing to end: the connection is kept.
  }

  async fail(error: unknown): Promise<unknown> {
    // What was remembered may be what is wrong; the next operation starts from the configured URL.
    this.#site.capabilities = undefined;
    this.#site.base = this.#options.url.replace(/\/+$/, "");
    this.#answer?.body.on("error", () => {}).destroy();
    return error;
  }

  /** One exchange, with the credential; refused, once more with the credential read again. */
  async #ask(operation: Operation, exchange: Exchange): Promise<Dispatcher.ResponseData> {
    const answer = await this.#sendAgain(operation, exchange, false);
    const refused = answer.statusCode === 401 || answer.statusCode === 403;
    if (!refused || this.#options.authenticator?.refreshable !== true || !this.#isHome(exchange.url)) return answer;
    await answer.body.dump();
    return this.#sendAgain(operation, exchange, true);
  }

  /**
   * A kept connection may have been closed by the server at the same moment, and so may the next one of the pool:
   * reading is then simply tried again. A push is not: nobody knows whether it arrived.
   */
  async #sendAgain(operation: Operation, exchange: Exchange, refresh: boolean): Promise<Dispatcher.ResponseData> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#send(operation, exchange, refresh);
      } catch (error) {
        const isCut = VexilError.is(error) && error.code === "VEXIL_CONNECTION_RESET";
        const isReading = exchange.method === "GET" || this.#service === "git-upload-pack";
        if (!isCut || !isReading || operation.signal.aborted || attempt >= READ_TRIES) throw error;
      }
    }
  }

  async #send(operation: Operation, exchange: Exchange, refresh: boolean): Promise<Dispatcher.ResponseData> {
    const url = new URL(exchange.url);
    const credential = this.#isHome(exchange.url)
      ? await operation.untilAborted(
          Promise.resolve(
            this.#options.authenticator?.headers(
              url.origin,
              { refresh, request: signedRequest(url, exchange) },
              operation.signal,
            ),
          ),
        )
      : undefined;
    const headers = {
      "user-agent": "git/vexil",
      accept: "*/*",
      "accept-encoding": "identity",
      ...(this.#service === "git-upload-pack" ? { "git-protocol": "version=2" } : {}),
      ...(exchange.method === "POST" ? { "content-type": `application/x-${this.#service}-request` } : {}),
      ...credential,
    };
    try {
      this.#answer = await this.#client.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: exchange.method,
        headers,
        ...(exchange.body === undefined ? {} : { body: exchange.body }),
        signal: operation.signal,
        headersTimeout: operation.timeouts.firstByteMs,
        bodyTimeout: 0,
      });
      return this.#answer;
    } catch (error) {
      throw operation.signal.aborted ? error : exchangeError(error, "head", operation.step);
    }
  }

  /** Credentials belong to the origin of the configured URL and go nowhere else. */
  #isHome(url: string): boolean {
    return new URL(url).origin === new URL(this.#options.url).origin;
  }

  #follow(from: string, answer: Dispatcher.ResponseData, redirects: number): string {
    const to = target(answer, from);
    if (to === undefined) throw redirectError("it redirects to nowhere");
    if (redirects >= MAX_REDIRECTS) throw redirectError(`it redirects more than ${MAX_REDIRECTS} times`);
    const [old, next, home] = [new URL(from), new URL(to), new URL(this.#options.url)];
    if (next.protocol !== "https:" && (next.protocol !== "http:" || old.protocol === "https:")) {
      throw redirectError(`it redirects from ${old.protocol}// to ${next.protocol}//, which is not followed`);
    }
    if (this.#service === "git-receive-pack" && next.origin !== home.origin) {
      throw redirectError(
        `it redirects a push from ${home.origin} to ${next.origin}, which is not followed: configure the other URL`,
      );
    }
    return to;
  }

  async #check(operation: Operation, answer: Dispatcher.ResponseData): Promise<void> {
    if (answer.statusCode === 200) return;
    const retryAfter = answer.headers["retry-after"];
    throw statusError({
      status: answer.statusCode,
      retryAfter: typeof retryAfter === "string" ? retryAfter : undefined,
      storage: this.#options.storage,
      credential: this.#options.credential,
      words: await readWords(operation, answer),
    });
  }

  #reader(operation: Operation, answer: Dispatcher.ResponseData, limit: number): PacketReader {
    return new PacketReader(bodySource(operation, answer), operation.step, limit);
  }
}

async function isEnd(reader: PacketReader): Promise<boolean> {
  return (await reader.next()).type === "end";
}

/** The request as a credential that signs it has to know it. */
function signedRequest(url: URL, { method, body }: Exchange): SignedRequest {
  const bodySha256 = createHash("sha256")
    .update(body ?? "")
    .digest("hex");
  return { method, path: `${url.pathname}${url.search}`, bodySha256 };
}

/** The repository's URL, when this is its greeting's. */
function baseOf(url: string): string | undefined {
  return /^(.*)\/info\/refs\?service=/.exec(url)?.[1];
}

const redirectError = (what: string): VexilError =>
  new VexilError("VEXIL_REMOTE_REDIRECT", `the remote is not where its URL says: ${what}`, {
    details: { step: "http" },
  });
