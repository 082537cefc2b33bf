import { VexilError } from "@vexil/plugin-api/errors";

/** Failures of one client within a window; then it waits for the window's end. */
const MOST = 100;
const WINDOW_MS = 60_000;
/** Clients looked after at the same time; beyond that those seen longest ago begin anew. */
const CLIENTS = 100_000;

/** Failed logins and exchanges by client: whoever tries one after the other has to wait. */
export class FailedAttempts {
  readonly #windows = new Map<string, { readonly since: number; failures: number }>();

  /** @throws VexilError VEXIL_OVERLOADED_REQUESTS */
  check(client: string): void {
    // Without an address it came by a Unix socket, as all do there.
    if (client === "") return;
    const window = this.#window(client);
    if (window === undefined || window.failures < MOST) return;
    const retryAfterMs = Math.max(1000, window.since + WINDOW_MS - performance.now());
    throw new VexilError("VEXIL_OVERLOADED_REQUESTS", "too many failed logins from this address; try again later", {
      details: { retryAfterMs },
    });
  }

  failed(client: string): void {
    const window = this.#window(client) ?? this.#begin(client);
    window.failures += 1;
  }

  #window(client: string): { readonly since: number; failures: number } | undefined {
    const window = this.#windows.get(client);
    if (window === undefined || performance.now() - window.since < WINDOW_MS) return window;
    this.#windows.delete(client);
    return undefined;
  }

  #begin(client: string): { readonly since: number; failures: number } {
    const window = { since: performance.now(), failures: 0 };
    const [oldest] = this.#windows.keys();
    if (this.#windows.size >= CLIENTS && oldest !== undefined) this.#windows.delete(oldest);
    this.#windows.set(client, window);
    return window;
  }
}
