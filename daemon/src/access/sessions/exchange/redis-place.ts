import type { RedisConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";
import { coveringAll, type Revocation, revocationOf, revocationText } from "../revocation.js";
import { answeredBy, type RedisConnection, redisConnection } from "./redis-connection.js";
import { agreeOnKey, type CommonKey } from "./redis-key.js";
import type { RevocationLine, RevocationPlace } from "./revocation-place.js";

/** A listener asks again after this time, and so finds out that nobody is there any more. */
const LISTEN_MS = 5000;
/** Entries that are read at once. */
const PAGE = 1000;
/** Entries that are kept; beyond that the older half becomes "all sessions that began before". */
const MOST = 200_000;
const FIELD = "ended";
const BEGINNING = "0-0";

export interface RedisPlaceOptions {
  readonly config: RedisConfig;
  /** Of those who take each other's sessions. */
  readonly name: string;
  /** Milliseconds for which a revocation matters. */
  readonly keepMs: () => number;
  /** Entries that are kept, in place of those that Vexil keeps. */
  readonly most?: number;
  /** Undefined: the configuration gives them one. */
  readonly commonKey: CommonKey | undefined;
}

/**
 * A stream of a Redis, 6.2 or newer. Its entries have numbers, so that whoever was away reads on where it was, and what
 * is waited for is what is kept: nothing gets lost between the two.
 */
export function redisPlace(options: RedisPlaceOptions): RevocationPlace {
  return {
    name: "redis",
    connect: async (signal) => {
      const { config, commonKey } = options;
      const sender = await redisConnection(config, signal);
      try {
        if (commonKey !== undefined && (await agreeOnKey(sender, config, commonKey))) {
          throw new VexilError(
            "VEXIL_UNAVAILABLE_PROVIDER",
            "other daemons have another key of sessions, which is taken over",
          );
        }
        return new RedisLine(options, sender, await redisConnection(config, signal));
      } catch (error) {
        sender.destroy();
        throw error;
      }
    },
  };
}

class RedisLine implements RevocationLine {
  readonly #options: RedisPlaceOptions;
  readonly #key: string;
  readonly #most: number;
  readonly #sender: RedisConnection;
  /** It is always busy with waiting. */
  readonly #listener: RedisConnection;
  /** The last entry that was read. */
  #last = BEGINNING;

  constructor(options: RedisPlaceOptions, sender: RedisConnection, listener: RedisConnection) {
    this.#options = options;
    this.#key = `${options.config.prefix}:sessions:${options.name}`;
    this.#most = options.most ?? MOST;
    this.#sender = sender;
    this.#listener = listener;
  }

  async readAll(): Promise<readonly Revocation[]> {
    const all: Revocation[] = [];
    this.#last = BEGINNING;
    for await (const page of this.#pages()) {
      all.push(...revocationsOf(page));
      this.#last = page.at(-1)?.id ?? this.#last;
    }
    return all;
  }

  async next(): Promise<readonly Revocation[]> {
    const { config } = this.#options;
    const answer = await answeredBy(
      config,
      this.#listener.xRead({ key: this.#key, id: this.#last }, { BLOCK: LISTEN_MS, COUNT: PAGE }),
      LISTEN_MS + config.timeoutMs,
    );
    const entries = (answer ?? []).flatMap(({ messages }) => messages);
    this.#last = entries.at(-1)?.id ?? this.#last;
    return revocationsOf(entries);
  }

  async publish(revocations: readonly Revocation[]): Promise<void> {
    const keepMs = this.#options.keepMs();
    const TRIM = { strategy: "MINID", strategyModifier: "~", threshold: Date.now() - keepMs } as const;
    for (let start = 0; start < revocations.length; start += PAGE) {
      const page = revocations.slice(start, start + PAGE).map(revocationText);
      await this.#answered(
        Promise.all(page.map((text) => this.#sender.xAdd(this.#key, "*", { [FIELD]: text }, { TRIM }))),
      );
    }
    await this.#answered(this.#sender.pExpire(this.#key, keepMs));
    if ((await this.#answered(this.#sender.xLen(this.#key))) > this.#most) await this.#shorten();
  }

  close(): void {
    this.#sender.destroy();
    this.#listener.destroy();
  }

  /** None of those that go comes back: for each provider one takes their place that ends more. */
  async #shorten(): Promise<void> {
    const older: Revocation[] = [];
    let [count, last] = [0, BEGINNING];
    for await (const page of this.#pages()) {
      older.push(...revocationsOf(page));
      count += page.length;
      last = page.at(-1)?.id ?? last;
      if (count >= this.#most / 2) break;
    }
    for (const end of coveringAll(older)) {
      await this.#answered(this.#sender.xAdd(this.#key, "*", { [FIELD]: revocationText(end) }));
    }
    await this.#answered(this.#sender.xTrim(this.#key, "MINID", Number.parseInt(last, 10)));
  }

  async *#pages(): AsyncGenerator<readonly Entry[]> {
    for (let from = "-"; ; ) {
      const page: readonly Entry[] =
        (await this.#answered(this.#sender.xRange(this.#key, from, "+", { COUNT: PAGE }))) ?? [];
      if (page.length > 0) yield page;
      if (page.length < PAGE) return;
      from = `(${page.at(-1)?.id}`;
    }
  }

  #answered<T>(answer: Promise<T>): Promise<T> {
    return answeredBy(this.#options.config, answer);
  }
}

interface Entry {
  readonly id: string;
  readonly message: Readonly<Record<string, string>>;
}

/** Entries that are none were written by somebody else. */
function revocationsOf(entries: readonly Entry[]): readonly Revocation[] {
  return entries.flatMap(({ message }) => revocationOf(message[FIELD] ?? "") ?? []);
}
