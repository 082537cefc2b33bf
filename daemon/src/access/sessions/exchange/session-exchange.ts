import type { RedisConfig } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { Revocation } from "../revocation.js";
import type { SessionKeys } from "../session-keys.js";
import { RevocationExchange, type RevocationExchangeOptions } from "./revocation-exchange.js";
import type { ExchangeState } from "./revocation-place.js";

/** What the exchange of a configuration depends on. */
export interface ExchangeSettings {
  readonly redis: RedisConfig | undefined;
  readonly keys: SessionKeys;
}

export interface SessionExchangeOptions extends Omit<RevocationExchangeOptions, "place"> {
  /** Milliseconds for which a revocation matters. */
  readonly keepMs: () => number;
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
  async use({ redis, keys }: ExchangeSettings): Promise<void> {
    // Only those with the same key take each other's sessions: others do not hear of them.
    const name = `sessions:${Buffer.from(keys.derived("revocations", "")).toString("hex").slice(0, 16)}`;
    const settings = redis && { redis, name };
    if (sameSettings({ settings: this.#settings }, { settings })) return;
    await this.close();
    this.#settings = settings;
    if (redis === undefined) return;
    // Whoever needs none does not load the client.
    const { redisPlace } = await import("./redis-place.js");
    const { keepMs, ...options } = this.#options;
    const place = redisPlace({ config: redis, name, keepMs });
    this.#exchange = new RevocationExchange({ ...options, place });
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
}
