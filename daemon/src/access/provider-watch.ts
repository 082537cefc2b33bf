import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import { signalWithin } from "@vexil/plugin-api/signal-within";
import type { LoginAttempt, LoginPlace } from "./login-attempts.js";

/** Providers are asked as often, whether somebody logs in or not. */
const ASK_MS = 60_000;
const ANSWER_MS = 15_000;
/** After a login has failed there, that a login can begin proves nothing for so long: what that takes is kept. */
const KEPT_MS = 15 * 60_000;

export interface ProviderWatchOptions {
  readonly logger: Logger;
  /** Those of the configuration in force. */
  readonly places: () => readonly LoginPlace[];
  /** Begins a login there, which nobody goes on with. */
  readonly ask: (place: LoginPlace, signal: AbortSignal) => Promise<unknown>;
}

/** State of a provider, as far as is known. */
export interface ProviderState extends LoginPlace {
  readonly isAway: boolean;
}

/** Part of a login that failed, or went well. */
type LoginPart = "beginning" | "end";

interface Watched {
  /** Milliseconds of `performance.now()` since which it is away; undefined: it is not. */
  readonly awaySince?: number;
  failed?: LoginPart;
  /** When it was back last. */
  readonly returnedAt?: number;
}

/** Finds out whether the providers of logins answer, and tells once when one does not, and once when it does again. */
export class ProviderWatch {
  readonly #options: ProviderWatchOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProviderWatchOptions) {
    this.#options = options;
  }

  /** Of all providers that answered once, or did not. */
  states(): readonly ProviderState[] {
    return this.#options.places().flatMap((place) => {
      const watched = this.#watched.get(nameOf(place));
      return watched === undefined ? [] : [{ ...place, isAway: watched.awaySince !== undefined }];
    });
  }

  /** Looks at the providers of the configuration that is in force from now on. */
  begin(): void {
    const names = new Set(this.#options.places().map(nameOf));
    for (const name of this.#watched.keys()) if (!names.has(name)) this.#watched.delete(name);
    this.#stop();
    if (names.size === 0) return;
    this.#askAll();
    this.#timer = setInterval(() => this.#askAll(), ASK_MS).unref();
  }

  /** Watches a part of a login for which the provider is asked: its beginning, or what comes later. */
  async during<T>({ method, provider, signal }: LoginAttempt, part: LoginPart, work: () => Promise<T>): Promise<T> {
    const place = { method, provider };
    try {
      const done = await work();
      this.#answered(place, part);
      return done;
    } catch (error) {
      // A user who goes away does not wait for the answer.
      const hasGone = signal.aborted && (signal.reason as Error).name !== "TimeoutError";
      if (isAway(error) && !hasGone) this.#failed(place, part, error);
      throw error;
    }
  }

  close(): void {
    this.#ending.abort();
    this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #askAll(): void {
    for (const place of this.#options.places()) void this.#askOne(place);
  }

  async #askOne(place: LoginPlace): Promise<void> {
    try {
      await this.#options.ask(place, signalWithin(ANSWER_MS, this.#ending.signal));
      this.#answered(place, "beginning");
    } catch (error) {
      if (!this.#ending.signal.aborted && isAway(error)) this.#failed(place, "beginning", error);
    }
  }

  #failed(place: LoginPlace, part: LoginPart, error: unknown): void {
    if (!this.#isConfigured(place)) return;
    const watched = this.#watched.get(nameOf(place));
    if (watched?.awaySince !== undefined) {
      if (part === "end") watched.failed = part;
      return;
    }
    // Somebody may know how to make a provider fail for him alone: that fills no log.
    const { returnedAt } = watched ?? {};
    if (part === "end" && returnedAt !== undefined && performance.now() - returnedAt < ASK_MS) return;
    this.#watched.set(nameOf(place), { awaySince: performance.now(), failed: part });
    logEvent(this.#options.logger, "provider.lost", { ...place, reason: toVexilError(error).message });
  }

  #answered(place: LoginPlace, part: LoginPart): void {
    if (!this.#isConfigured(place)) return;
    const { awaySince, failed } = this.#watched.get(nameOf(place)) ?? {};
    if (awaySince === undefined) {
      if (!this.#watched.has(nameOf(place))) this.#watched.set(nameOf(place), {});
      return;
    }
    const now = performance.now();
    if (part === "beginning" && failed === "end" && now - awaySince < KEPT_MS) return;
    this.#watched.set(nameOf(place), { returnedAt: now });
    logEvent(this.#options.logger, "provider.returned", { ...place, duration_ms: Math.round(now - awaySince) });
  }

  /** It may have gone by a reload meanwhile. */
  #isConfigured(place: LoginPlace): boolean {
    return this.#options.places().some((one) => nameOf(one) === nameOf(place));
  }
}

function nameOf({ method, provider = "" }: LoginPlace): string {
  return `${method} ${provider}`;
}

function isAway(error: unknown): boolean {
  return toVexilError(error).code === "VEXIL_UNAVAILABLE_PROVIDER";
}
