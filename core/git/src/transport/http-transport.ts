import type { Dispatcher } from "undici";
import type { Operation } from "../remote/operation.js";
import type { RemoteTls } from "../remote/remote.js";
import { openHttpClient } from "./http-client.js";
import { HttpConversation, type HttpPeer, type Site } from "./http-conversation.js";
import type { Conversation, Service, Transport } from "./transport.js";

export interface HttpTransportOptions extends HttpPeer {
  readonly tls: RemoteTls;
  readonly connectMs: number;
}

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
