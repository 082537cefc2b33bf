import { createHash } from "node:crypto";
import type { DeviceFlow } from "@vexil/plugin-api";
import type { LoginPlace } from "./login-attempts.js";

/** Codes that are looked after at the same time; beyond that those asked about longest ago are forgotten. */
const CODES = 10_000;
/** Seconds between two questions about a code that another daemon has given (RFC 8628 §3.2). */
const INTERVAL_S = 5;
/** Seconds more between two questions after the provider's `slow_down` (RFC 8628 §3.5). */
const SLOWER_S = 5;
const LONGEST_S = 3600;

interface Pace {
  intervalS: number;
  /** Of the steady clock, in milliseconds: from then on the provider may be asked. */
  nextAt: number;
}

/** How often a provider may be asked about each device code. Only hashes of codes are kept. */
export class DeviceCodes {
  readonly #now: () => number;
  readonly #most: number;
  readonly #paces = new Map<string, Pace>();

  constructor({ now = () => performance.now(), most = CODES } = {}) {
    this.#now = now;
    this.#most = most;
  }

  /** Takes up a code: the first question about it may come at once. */
  begun(place: LoginPlace, { deviceCode, intervalS }: Pick<DeviceFlow, "deviceCode" | "intervalS">): void {
    this.#keep(keyOf(place, deviceCode), { intervalS: bounded(intervalS), nextAt: this.#now() });
  }

  /** Tells whether the provider may be asked now; then the next question has to wait. */
  mayAsk(place: LoginPlace, deviceCode: string): boolean {
    const key = keyOf(place, deviceCode);
    const pace = this.#paces.get(key) ?? { intervalS: INTERVAL_S, nextAt: this.#now() };
    if (this.#now() < pace.nextAt) return false;
    pace.nextAt = this.#now() + pace.intervalS * 1000;
    this.#keep(key, pace);
    return true;
  }

  /** The provider finds even this too often. */
  slowDown(place: LoginPlace, deviceCode: string): void {
    const pace = this.#paces.get(keyOf(place, deviceCode));
    if (pace === undefined) return;
    pace.intervalS = bounded(pace.intervalS + SLOWER_S);
    pace.nextAt = this.#now() + pace.intervalS * 1000;
  }

  #keep(key: string, pace: Pace): void {
    this.#paces.delete(key);
    const [oldest] = this.#paces.keys();
    if (this.#paces.size >= this.#most && oldest !== undefined) this.#paces.delete(oldest);
    this.#paces.set(key, pace);
  }
}

function keyOf({ method, provider }: LoginPlace, deviceCode: string): string {
  return createHash("sha256")
    .update(JSON.stringify([method, provider, deviceCode]))
    .digest("base64url");
}

function bounded(seconds: number): number {
  return Math.min(Math.max(seconds, 1), LONGEST_S);
}
