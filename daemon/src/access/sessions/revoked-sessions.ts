import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { EndedLogins } from "./ended-logins.js";
import { isRevocation, type Revocable, type Revocation, SKEW_MS } from "./revocation.js";

/**
 * Daemons that take each other's sessions need not agree about the time better than this: so much longer than a session
 * lasts it is kept that it was ended.
 */
export const KEPT_LONGER_MS = 5 * 60_000;

export interface RevokedSessionsOptions {
  /** Undefined: they are remembered as long as the process runs. */
  readonly file: () => string | undefined;
  /** Milliseconds that a session lasts at most. */
  readonly lifeMs: () => number;
  /** Told why the file cannot be read or written. */
  readonly onFault: (reason: string) => void;
}

/** The sessions that were ended before their time, kept in a file where there is one. */
export class RevokedSessions {
  readonly #options: RevokedSessionsOptions;
  readonly #providers = new Map<string, EndedLogins>();
  #isLoaded = false;
  #writing: Promise<void> = Promise.resolve();
  /** The write that begins after the one that is under way. */
  #next: Promise<void> | undefined;

  constructor(options: RevokedSessionsOptions) {
    this.#options = options;
  }

  /** Takes in what was kept, once. Where that cannot be read nobody knows who was logged out: no session so far counts. */
  async load(): Promise<void> {
    const file = this.#options.file();
    if (file === undefined || this.#isLoaded) return;
    this.#isLoaded = true;
    const reading = this.#read(file);
    // Nothing is written over it before it has been read.
    this.#writing = reading.then(() => {});
    if (!(await reading)) await this.add({ at: Date.now() });
  }

  /** Those that others should know of: what is for this daemon alone, or over anyway, is not among them. */
  common(): readonly Revocation[] {
    const over = this.#over();
    return this.#all().filter(({ id, method, at }) => (id !== undefined || method !== undefined) && at >= over);
  }

  /** Resolves once it is kept, or cannot be. */
  async add(revocation: Revocation): Promise<void> {
    this.#take(revocation);
    this.#shorten();
    await this.#keep();
  }

  /**
   * Takes in what others have ended. It counts at once, and is kept like what was ended here.
   * @returns what was not known
   */
  takeIn(revocations: readonly Revocation[]): readonly Revocation[] {
    const [over, latest] = [this.#over(), Date.now() + KEPT_LONGER_MS];
    const news = revocations.filter(
      (one) => one.at >= over && one.at <= latest && this.#providers.get(nameOf(one))?.covers(one) !== true,
    );
    if (news.length === 0) return news;
    for (const revocation of news) this.#take(revocation);
    this.#shorten();
    void this.#keep();
    return news;
  }

  has(session: Revocable): boolean {
    const isAmong = (method?: string, provider?: string): boolean =>
      this.#providers.get(nameOf({ method, provider }))?.has(session) === true;
    return isAmong() || isAmong(session.method, session.provider);
  }

  /** The first moment at which such a session may begin, to be none of those that were ended. */
  notBefore({ method, provider, login }: Pick<Revocable, "method" | "provider" | "login">): number {
    const named = [{}, { method, provider }].map((names) => this.#providers.get(nameOf(names)));
    return Math.max(...named.map((ended) => (ended?.lastEnd({ login }) ?? Number.NEGATIVE_INFINITY) + SKEW_MS + 1));
  }

  #all(): readonly Revocation[] {
    return [...this.#providers.values()].flatMap((ended) => ended.all());
  }

  /** All sessions that began before this are over anyway. */
  #over(): number {
    return Date.now() - this.#options.lifeMs() - KEPT_LONGER_MS;
  }

  #shorten(): void {
    const over = this.#over();
    for (const ended of this.#providers.values()) ended.shorten(over);
  }

  #take(revocation: Revocation): void {
    const name = nameOf(revocation);
    const ended = this.#providers.get(name) ?? new EndedLogins();
    this.#providers.set(name, ended);
    ended.add(revocation);
  }

  /** One write after the other. Who comes while one is under way waits for the next, which has it all. */
  #keep(): Promise<void> {
    const file = this.#options.file();
    if (file === undefined) return Promise.resolve();
    this.#next ??= this.#writing.then(() => {
      this.#next = undefined;
      return this.#write(file).catch((error: Error) => this.#options.onFault(`${file}: ${error.message}`));
    });
    this.#writing = this.#next;
    return this.#next;
  }

  /** @returns false if it is there and cannot be read */
  async #read(file: string): Promise<boolean> {
    try {
      for (const revocation of revocationsOf(await readFile(file, "utf8"))) this.#take(revocation);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
      this.#options.onFault(`${file}: ${(error as Error).message}; sessions that began until now do not count`);
      return false;
    }
  }

  async #write(file: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFileAtomic(file, JSON.stringify(this.#all()), { mode: 0o600 });
  }
}

function nameOf({ method, provider }: Pick<Revocation, "method" | "provider">): string {
  return JSON.stringify([method ?? null, provider ?? null]);
}

/** @throws Error if the text is no list of them */
function revocationsOf(text: string): readonly Revocation[] {
  const kept: unknown = JSON.parse(text);
  if (Array.isArray(kept) && kept.every(isRevocation)) return kept;
  throw new Error("it is no list of revocations");
}
