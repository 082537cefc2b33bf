import type { RedisConfig } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Repository } from "@vexil/git/repository-view";
import type { Revocation } from "../revocation.js";
import type { SessionKeys } from "../session-keys.js";
import { type ExchangeGroup, exchangeGroup } from "./exchange-group.js";
import { RefusedEntries } from "./refused-entries.js";
import { RevocationExchange, type RevocationExchangeOptions } from "./revocation-exchange.js";
import type { ExchangeState, RevocationPlace } from "./revocation-place.js";

/** Parts of a configuration that the exchange depends on. */
export interface ExchangeSettings {
  /** It comes before a storage. */
  readonly redis: RedisConfig | undefined;
  /** Id of one whose backend several daemons share. */
  readonly storage: string | undefined;
  readonly keys: () => SessionKeys;
  /** Their master key if it was found where daemons have one in common. */
  readonly found: () => Uint8Array | undefined;
  /** Tells whether the configuration gives them. */
  readonly isConfigured: boolean;
}

export interface SessionExchangeOptions extends Omit<RevocationExchangeOptions, "place"> {
  /** Milliseconds for which a revocation matters. */
  readonly keepMs: () => number;
  /** A storage's repository while that is open. */
  readonly repositoryOf: (storage: string) => Repository | undefined;
  /** Called with the key that other daemons have, and where it was found. @returns false if it does not count there */
  readonly takeOver: (key: Uint8Array, place: string) => boolean;
}

/** The exchange with other daemons that the configuration in force wants, if it wants any. */
export class SessionExchange {
  readonly #options: SessionExchangeOptions;
  #settings: unknown;
  #exchange: RevocationExchange | undefined;
  /** True: it was known once what others have ended, or nobody else has. */
  #isInformed = false;

  constructor(options: SessionExchangeOptions) {
    this.#options = options;
  }

  /** Undefined: there is none. */
  get state(): ExchangeState | undefined {
    return this.#exchange && { ...this.#exchange.state, isHolding: !this.isInformed };
  }

  /** Tells whether since the start of this daemon it was known which sessions were ended elsewhere. */
  get isInformed(): boolean {
    this.#isInformed ||= this.#exchange?.hasHeard === true;
    return this.#isInformed;
  }

  /**
   * Goes over to other settings.
   * @param isWaiting resolve when what others know is known, or has not come for a while
   */
  async use(wanted: ExchangeSettings, isWaiting: boolean): Promise<void> {
    const { redis, keys, isConfigured } = wanted;
    // A key that this daemon has made is nobody else's, unless a Redis brings them together.
    const storage = isConfigured ? wanted.storage : undefined;
    // A key that is found at the place is no other setting.
    const key = redis !== undefined && !isConfigured ? undefined : Buffer.from(keys().ends).toString("base64url");
    const settings = redis === undefined && storage === undefined ? undefined : { redis, storage, key };
    if (settings === undefined) this.#isInformed = true;
    if (sameSettings({ settings: this.#settings }, { settings })) return;
    const before = this.#exchange;
    this.#exchange = undefined;
    this.#settings = settings;
    await before?.close();
    const place = await this.#place({ ...wanted, storage });
    // It may have been closed meanwhile, or gone over to others.
    if (place === undefined || this.#settings !== settings) return;
    this.#exchange = new RevocationExchange({ ...this.#options, place });
    const started = this.#exchange.start();
    if (isWaiting) await started;
    if (isWaiting && !this.isInformed) logEvent(this.#options.logger, "session.held-back", { place: place.name });
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

  async #place({ redis, storage, keys, found, isConfigured }: ExchangeSettings): Promise<RevocationPlace | undefined> {
    const { keepMs, repositoryOf, takeOver, logger } = this.#options;
    const groupAt = (place: string): (() => ExchangeGroup) => {
      const refused = new RefusedEntries(logger, place);
      return () => exchangeGroup(keys(), (count) => refused.tell(count));
    };
    if (redis !== undefined) {
      // Whoever needs none does not load the client.
      const { redisPlace } = await import("./redis-place.js");
      const commonKey = isConfigured ? undefined : { found, takeOver };
      return redisPlace({ config: redis, group: groupAt("redis"), keepMs, commonKey });
    }
    if (storage === undefined) return undefined;
    const { storagePlace } = await import("./storage-place.js");
    const group = groupAt(`storage ${storage}`)();
    return storagePlace({ storage, repository: () => repositoryOf(storage), group, keepMs });
  }
}
