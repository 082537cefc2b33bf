import type { RedisConfig } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { Repository } from "@vexil/git/repository-view";
import type { Revocation } from "../revocation.js";
import type { SessionKeys } from "../session-keys.js";
import { RevocationExchange, type RevocationExchangeOptions } from "./revocation-exchange.js";
import type { ExchangeState, RevocationPlace } from "./revocation-place.js";

/** What the exchange of a configuration depends on. */
export interface ExchangeSettings {
  /** It comes before a storage. */
  readonly redis: RedisConfig | undefined;
  /** Id of one whose backend several daemons share. */
  readonly storage: string | undefined;
  readonly keys: SessionKeys;
}

export interface SessionExchangeOptions extends Omit<RevocationExchangeOptions, "place"> {
  /** Milliseconds for which a revocation matters. */
  readonly keepMs: () => number;
  /** A storage's repository while that is open. */
  readonly repositoryOf: (storage: string) => Repository | undefined;
}

/** The exchange with other daemons that the configuration in force wants, if it wants any. */
export class SessionExchange {
  readonly #options: SessionExchangeOptions;
  #settings: unknown;
  #exchange: RevocationExchange | undefined;
  #isFirst = true;

  constructor(options: SessionExchangeOptions) {
    this.#options = options;
  }

  /** Undefined: there is none. */
  get state(): ExchangeState | undefined {
    return this.#exchange?.state;
  }

  /** Goes over to other settings. The first time it waits until what others know is known, for a while. */
  async use({ redis, storage, keys }: ExchangeSettings): Promise<void> {
    // Only those with the same key take each other's sessions: others do not hear of them.
    const name = Buffer.from(keys.derived("revocations", "")).toString("hex").slice(0, 16);
    const settings = redis === undefined && storage === undefined ? undefined : { redis, storage, name };
    if (sameSettings({ settings: this.#settings }, { settings })) return;
    await this.close();
    this.#settings = settings;
    const place = await this.#place({ redis, storage }, name);
    if (place === undefined) return;
    this.#exchange = new RevocationExchange({ ...this.#options, place });
    const started = this.#exchange.start();
    if (this.#isFirst) await started;
    this.#isFirst = false;
  }

  async tell(revocation: Revocation): Promise<void> {
    await this.#exchange?.tell(revocation);
  }

  async close(): Promise<void> {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#settings = undefined;
    await exchange?.close();
  }

  async #place(
    { redis, storage }: Pick<ExchangeSettings, "redis" | "storage">,
    name: string,
  ): Promise<RevocationPlace | undefined> {
    const { keepMs, repositoryOf } = this.#options;
    // Whoever needs none does not load the client.
    if (redis !== undefined) return (await import("./redis-place.js")).redisPlace({ config: redis, name, keepMs });
    if (storage === undefined) return undefined;
    const { storagePlace } = await import("./storage-place.js");
    return storagePlace({ storage, repository: () => repositoryOf(storage), name, keepMs });
  }
}
