import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { HttpAuthenticator, SignedRequest } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Dispatcher } from "undici";
import type { Capabilities } from "../protocol/capabilities.js";
import { PacketReader } from "../protocol/pkt-line.js";
import type { Operation } from "../remote/operation.js";
import { displayUrl } from "./display-url.js";
import { bodySource, readWords, target } from "./http-answer.js";
import { exchangeError, statusError } from "./http-errors.js";
import { isRedirect, redirectError, redirected } from "./http-redirects.js";
import { type Conversation, GREETING_BYTES, type Service } from "./transport.js";

/** A remote, as a conversation has to know it. */
export interface HttpPeer {
  /** Without user information. */
  readonly url: string;
  readonly storage: string;
  readonly credential: string | undefined;
  readonly authenticator: HttpAuthenticator | undefined;
}

const READ_TRIES = 3;

/** Facts about a service that are remembered from one operation to the next. */
export interface Site {
  /** Where it lives: the configured URL, or where that redirects to. */
  base: string;
  capabilities: Capabilities | undefined;
}

interface Exchange {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly body?: Buffer;
}

/** One conversation with a service of the remote. */
export class HttpConversation implements Conversation {
  readonly #client: Dispatcher;
  readonly #service: Service;
  readonly #site: Site;
  readonly #options: HttpPeer;
  #answer: Dispatcher.ResponseData | undefined;

  constructor(client: Dispatcher, service: Service, site: Site, options: HttpPeer) {
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
      if (!isRedirect(answer)) {
        await this.#check(operation, answer);
        this.#site.base = baseOf(url) ?? this.#site.base;
        return this.#reader(operation, answer, GREETING_BYTES);
      }
      await answer.body.dump();
      url = redirected(url, answer, redirects, { service: this.#service, home: this.#options.url });
    }
  }

  async request(operation: Operation, body: readonly Uint8Array[], limit: number): Promise<PacketReader> {
    const bytes = Buffer.concat(body);
    const post = (): Promise<Dispatcher.ResponseData> =>
      this.#ask(operation, { method: "POST", url: `${this.#site.base}/${this.#service}`, body: bytes });
    let answer = await post();
    if (isRedirect(answer) && this.#service === "git-upload-pack") {
      // A request is never sent on to where its answer points; the greeting is, and shows where the service is now.
      await answer.body.dump();
      const greeting = await this.greet(operation);
      while (!(await isEnd(greeting)));
      answer = await post();
    }
    if (isRedirect(answer)) {
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

/** The repository's URL, when this is its greeting's. */
function baseOf(url: string): string | undefined {
  return /^(.*)\/info\/refs\?service=/.exec(url)?.[1];
}

/** The request as a credential that signs it has to know it. */
function signedRequest(url: URL, { method, body }: Exchange): SignedRequest {
  const bodySha256 = createHash("sha256")
    .update(body ?? "")
    .digest("hex");
  return { method, path: `${url.pathname}${url.search}`, bodySha256 };
}
