import { currentValue, type HttpAuthenticator, type Logger, type Secret } from "@vexil/plugin-api";

/** User and password as HTTP basic (RFC 7617), UTF-8, sent with the first request already. */
export class BasicAuthenticator implements HttpAuthenticator {
  readonly type = "http";
  readonly refreshable: boolean;
  readonly #username: string;
  readonly #password: Secret | undefined;
  readonly #logger: Logger;

  /** @param password undefined: no credential is sent */
  constructor(username: string, password: Secret | undefined, logger: Logger) {
    this.#username = username;
    this.#password = password;
    this.#logger = logger;
    this.refreshable = password?.refreshable ?? false;
  }

  async headers(
    _origin: string,
    options: { readonly refresh: boolean },
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>>> {
    signal.throwIfAborted();
    if (this.#password === undefined) return {};
    const password = await currentValue(this.#password, { refresh: options.refresh, logger: this.#logger });
    return { authorization: `Basic ${Buffer.from(`${this.#username}:${password}`).toString("base64")}` };
  }

  async close(): Promise<void> {}
}
