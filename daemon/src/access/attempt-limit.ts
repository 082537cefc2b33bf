import { VexilError } from "@vexil/plugin-api/errors";
import { RunningCalls } from "./running-calls.js";

/** Attempts of one client within a window; then it waits for the window's end. */
const MOST = 100;
const WINDOW_MS = 60_000;
/** Clients looked after at the same time; beyond that those seen longest ago begin anew. */
const CLIENTS = 100_000;
/** After this time one of those under way may be over. */
const RUNNING_MS = 1000;

interface Window {
  readonly since: number;
  attempts: number;
}

/**
 * Attempts by client: whoever tries one after the other has to wait, and whoever tries all at once gets no more. Those
 * under way count as long as nobody knows how they end.
 */
export class AttemptLimit {
  readonly #what: string;
  readonly #mostRunning: number;
  readonly #windows = new Map<string, Window>();
  readonly #running = new RunningCalls();

  /**
   * @param what the client does too much: `failed logins`
   * @param mostRunning of them at the same time
   */
  constructor(what: string, mostRunning = MOST) {
    this.#what = what;
    this.#mostRunning = mostRunning;
  }

  /**
   * @returns to be called once with the attempt's end, and whether it counts
   * @throws VexilError VEXIL_OVERLOADED_REQUESTS
   */
  begin(client: string): (counts: boolean) => void {
    // Without an address it came by a Unix socket, as all do there.
    if (client === "") return () => {};
    const window = this.#window(client);
    const attempts = window?.attempts ?? 0;
    if (attempts >= MOST) throw this.#tooMany((window?.since ?? 0) + WINDOW_MS - performance.now());
    const running = this.#running.of(client);
    if (running >= this.#mostRunning || attempts + running >= MOST) throw this.#tooMany(RUNNING_MS);
    const over = this.#running.begin(client);
    return (counts) => {
      over();
      if (counts) (this.#window(client) ?? this.#open(client)).attempts += 1;
    };
  }

  #tooMany(waitMs: number): VexilError {
    return new VexilError("VEXIL_OVERLOADED_REQUESTS", `too many ${this.#what} from this address; try again later`, {
      details: { retryAfterMs: Math.max(1000, waitMs) },
    });
  }

  #window(client: string): Window | undefined {
    const window = this.#windows.get(client);
    if (window === undefined || performance.now() - window.since < WINDOW_MS) return window;
    this.#windows.delete(client);
    return undefined;
  }

  #open(client: string): Window {
    const window = { since: performance.now(), attempts: 0 };
    const [oldest] = this.#windows.keys();
    if (this.#windows.size >= CLIENTS && oldest !== undefined) this.#windows.delete(oldest);
    this.#windows.set(client, window);
    return window;
  }
}
