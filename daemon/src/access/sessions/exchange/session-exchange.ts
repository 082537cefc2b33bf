import type { RedisConfig } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { Repository } from "@vexil/git/repository-view";
import type { Revocation } from "../revocation.js";
import type { SessionKeys } from "../session-keys.js";
import { RevocationExchange, type RevocationExchangeOptions } from "./revocation-exchange.js";
import type { ExchangeState, RevocationPlace } from "./revocation-place.js";

/** Parts of a configuration that the exchange depends on. */
export interface ExchangeSettings {
  /** It comes before a storage. */
  readonly redis: RedisConfig | undefined;
  /** Id of one whose backend several daemons share. */
  readonly storage: string | undefined;
  readonly keys: SessionKeys;
  /** Tells whether the configuration gives them. */
  readonly isConfigured: boolean;
}

export interface SessionExchangeOptions extends Omit<RevocationExchangeOptions, "place"> {
  /** Milliseconds for which a revocation matters. */
  readonly keepMs: () => number;
  /** A storage's repository while that is open. */
  readonly repositoryOf: (storage: string) => Repository | undefined;
  /** Called with the key that other daemons have, and where it was found. */
  readonly takeOver: (key: Uint8Array, place: string) => void;
}

/** The exchange with other daemons that the configuration in force wants, if it wants any. */
export class SessionExchange {
  readonly #options: SessionExchangeOptions;
  #settings: unknown;
  #exchange: RevocationExchange | undefined;

  constructor(options: SessionExchangeOptions) {
    this.#options = options;
  }

  /** Undefined: there is none. */
  get state(): ExchangeState | undefined {
    return this.#exchange?.state;
  }

  /**
   * Goes over to other settings.
   * @param isWaiting resolve when what others know is known, or has not come for a while
   */
  async use(wanted: ExchangeSettings, isWaiting: boolean): Promise<void> {
    const { redis, keys, isConfigured } = wanted;
    // A key that this daemon has made is nobody else's, unless a Redis brings them together.
    const storage = isConfigured ? wanted.storage : undefined;
    // Only those with the same key take each other's sessions: others do not hear of them.
    const name = Buffer.from(keys.derived("revocations", "")).toString("hex").slice(0, 16);
    const settings = redis === undefined && storage === undefined ? undefined : { redis, storage, name };
    if (sameSettings({ settings: this.#settings }, { settings })) return;
    const before = this.#exchange;
    this.#exchange = undefined;
    this.#settings = settings;
    await before?.close();
    const place = await this.#place({ ...wanted, storage }, name);
    // It may have been closed meanwhile, or gone over to others.
    if (place === undefined || this.#settings !== settings) return;
    this.#exchange = new RevocationExchange({ ...this.#options, place });
    const started = this.#exchange.start();
    if (isWaiting) await started;
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
    { redis, storage, keys, isConfigured }: ExchangeSettings,
    name: string,
  ): Promise<RevocationPlace | undefined> {
    const { keepMs, repositoryOf, takeOver } = this.#options;
    if (redis !== undefined) {
      // Whoever needs none does not load the client.
      const { redisPlace } = await import("./redis-place.js");
      const commonKey = isConfigured ? undefined : { own: keys.master, takeOver };
      return redisPlace({ config: redis, name, keepMs, commonKey });
    }
    if (storage === undefined) return undefined;
    const { storagePlace } = await import("./storage-place.js");
    return storagePlace({ storage, repository: () => repositoryOf(storage), name, keepMs });
  }
}
