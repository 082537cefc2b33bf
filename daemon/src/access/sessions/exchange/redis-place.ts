import type { RedisConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";
import { type Revocation, revocationText } from "../revocation.js";
import type { ExchangeGroup } from "./exchange-group.js";
import type { ProvenTexts } from "./proven-texts.js";
import { answeredBy, type RedisConnection, redisConnection } from "./redis-connection.js";
import { agreeOnKey, type CommonKey } from "./redis-key.js";
import { isUnusable, LAST_ID, removeUnusable } from "./redis-stream.js";
import type { RevocationLine, RevocationPlace } from "./revocation-place.js";
import { trimRevocations } from "./trim-revocations.js";

/** A listener asks again after this time, and so finds out that nobody is there any more. */
const LISTEN_MS = 5000;
/** Entries that are read at once. */
const PAGE = 1000;
/** Entries that are kept; beyond that the older half becomes "all sessions that began before". */
const MOST = 200_000;
/** Entries that are read before anybody is answered: somebody else may have put any number there. */
const MOST_READ = 2 * MOST;
const FIELD = "ended";
const BEGINNING = "0-0";

export interface RedisPlaceOptions {
  readonly config: RedisConfig;
  /** Of those who take each other's sessions; another one once a common key is found. */
  readonly group: () => ExchangeGroup;
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
  const damage: Damage = { isFound: false };
  return {
    name: "redis",
    connect: async (signal) => {
      const { config, commonKey } = options;
      const sender = await redisConnection(config, signal);
      try {
        if (commonKey !== undefined) await agreeOnKey(sender, config, commonKey);
        return new RedisLine(options, damage, sender, await redisConnection(config, signal));
      } catch (error) {
        sender.destroy();
        throw error;
      }
    },
  };
}

/** Somebody has made the stream one that takes no entries any more, or something else. */
interface Damage {
  isFound: boolean;
}

class RedisLine implements RevocationLine {
  readonly #options: RedisPlaceOptions;
  readonly #damage: Damage;
  readonly #key: string;
  readonly #texts: ProvenTexts;
  readonly #most: number;
  readonly #sender: RedisConnection;
  /** It is always busy with waiting. */
  readonly #listener: RedisConnection;
  /** The last entry that was read. */
  #last = BEGINNING;

  constructor(options: RedisPlaceOptions, damage: Damage, sender: RedisConnection, listener: RedisConnection) {
    this.#options = options;
    this.#damage = damage;
    const { name, texts } = options.group();
    this.#key = `${options.config.prefix}:sessions:${name}`;
    this.#texts = texts;
    this.#most = options.most ?? MOST;
    this.#sender = sender;
    this.#listener = listener;
  }

  async readAll(): Promise<readonly Revocation[]> {
    const all = await this.#readPages().catch((error: unknown) => {
      if (this.#damage.isFound) return [];
      throw error;
    });
    if (this.#damage.isFound) await this.#repair(all);
    return all;
  }

  async next(): Promise<readonly Revocation[] | undefined> {
    const { config } = this.#options;
    const answer = await answeredBy(
      config,
      this.#listener.xRead({ key: this.#key, id: this.#last }, { BLOCK: LISTEN_MS, COUNT: PAGE }),
      LISTEN_MS + config.timeoutMs,
    );
    const entries = (answer ?? []).flatMap(({ messages }) => messages);
    // Where what was read last is not there any more, somebody took it away, or the stream is another one.
    if (entries.length === 0) return (await this.#isStillThere()) ? [] : undefined;
    this.#last = entries.at(-1)?.id ?? this.#last;
    const heard = this.#read(entries);
    if (this.#last !== LAST_ID) return heard;
    this.#damage.isFound = true;
    throw new VexilError("VEXIL_UNAVAILABLE_PROVIDER", `Redis: somebody has used up the numbers of ${this.#key}`);
  }

  async publish(revocations: readonly Revocation[]): Promise<void> {
    for (let start = 0; start < revocations.length; start += PAGE)
      await this.#add(revocations.slice(start, start + PAGE));
    await this.#answered(this.#sender.pExpire(this.#key, this.#options.keepMs()));
    if ((await this.#answered(this.#sender.xLen(this.#key))) > this.#most) await this.#shorten();
  }

  close(): void {
    this.#sender.destroy();
    this.#listener.destroy();
  }

  async #readPages(): Promise<readonly Revocation[]> {
    const all: Revocation[] = [];
    let count = 0;
    this.#last = BEGINNING;
    for await (const page of this.#pages()) {
      all.push(...this.#read(page));
      this.#last = page.at(-1)?.id ?? this.#last;
      count += page.length;
      if (count >= MOST_READ) break;
    }
    if (this.#last === LAST_ID) this.#damage.isFound = true;
    return all;
  }

  /** Begins the stream anew, with what it had. What others have added to it meanwhile stays. */
  async #repair(all: readonly Revocation[]): Promise<void> {
    if (await this.#answered(removeUnusable(this.#sender, this.#key))) {
      for (let start = 0; start < all.length; start += PAGE) await this.#add(all.slice(start, start + PAGE));
    }
    this.#damage.isFound = false;
    this.#last = BEGINNING;
  }

  async #add(revocations: readonly Revocation[]): Promise<void> {
    const threshold = Date.now() - this.#options.keepMs();
    const TRIM = { strategy: "MINID", strategyModifier: "~", threshold } as const;
    const texts = revocations.map((one) => this.#texts.textOf(one));
    await this.#answered(
      Promise.all(texts.map((text) => this.#sender.xAdd(this.#key, "*", { [FIELD]: text }, { TRIM }))),
    );
  }

  /** None of those that go comes back; what others have written goes, and nothing takes its place. */
  async #shorten(): Promise<void> {
    const older = new Map<string, Revocation>();
    let [count, last] = [0, BEGINNING];
    for await (const page of this.#pages()) {
      for (const one of this.#read(page)) older.set(revocationText(one), one);
      count += page.length;
      last = page.at(-1)?.id ?? last;
      if (count >= this.#most / 2) break;
    }
    const kept = trimRevocations([...older.values()], this.#most / 4);
    for (let start = 0; start < kept.length; start += PAGE) await this.#add(kept.slice(start, start + PAGE));
    await this.#answered(this.#sender.xTrim(this.#key, "MINID", last));
  }

  async #isStillThere(): Promise<boolean> {
    if (this.#last === BEGINNING) return true;
    const entries = await this.#answered(this.#sender.xRange(this.#key, this.#last, this.#last));
    return (entries ?? []).length > 0;
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

  /** Entries that are not proved were written by somebody else. */
  #read(entries: readonly Entry[]): readonly Revocation[] {
    return this.#texts.read(entries.map(({ message }) => message[FIELD]));
  }

  #answered<T>(answer: Promise<T>): Promise<T> {
    const watched = answer.catch((error: unknown) => {
      if (isUnusable(error)) this.#damage.isFound = true;
      throw error;
    });
    return answeredBy(this.#options.config, watched);
  }
}

interface Entry {
  readonly id: string;
  readonly message: Readonly<Record<string, string>>;
}
