import type { Lease } from "./backend.js";
import { VexilError } from "./errors/vexil-error.js";

/** A lease runs out this long after its last renewal: the time until somebody else takes over from a killed holder. */
const LEASE_MS = 3_000;
const RENEW_MS = 800;
/** The holder gives up this long before others may take over. */
const MARGIN_MS = 500;

/**
 * How a shared store keeps leases that run out by themselves, in the name of one daemon.
 * @example { take: (name, forMs) => store.setUnlessOthers(name, me, forMs), free: (name) => store.removeMine(name, me) }
 */
export interface LeaseStore {
  /**
   * Takes a lease that nobody holds or that has run out, or prolongs this daemon's own. One step: of two daemons one gets it.
   * @param forMs milliseconds until it runs out, from now, by the store's clock
   * @param signal aborted when nobody waits for the answer any more
   * @returns false while another daemon holds it
   */
  take(name: string, forMs: number, signal: AbortSignal): Promise<boolean>;
  /** Ends a lease that is this daemon's still, so that others need not wait for it to run out. */
  free(name: string): Promise<void>;
  /** Hears of a lease that was lost, and why, in words: for the log. */
  lost?(name: string, reason: string): void;
}

/**
 * Leases of a shared backend whose store lets them run out 3 s after they were taken: they are renewed until they are
 * given back, and lost half a second before another daemon can have them. What its holder does that has lost one unawares
 * has to be refused by the swap of refs.
 * @example
 * const leases = new ExpiringLeases({ take, free });
 * return { ...backend, lease: (name, signal) => leases.take(name, signal), close: () => leases.close() };
 */
export class ExpiringLeases {
  readonly #store: LeaseStore;
  readonly #held = new Map<string, { readonly release: () => Promise<void> }>();

  constructor(store: LeaseStore) {
    this.#store = store;
  }

  /** As `lease` of a backend: resolves to undefined while it is held, by another daemon or by this one. */
  async take(name: string, signal: AbortSignal): Promise<Lease | undefined> {
    if (this.#held.has(name)) return undefined;
    const asked = performance.now();
    if (!(await this.#store.take(name, LEASE_MS, signal))) return undefined;
    // Somebody else here asked meanwhile: to the store both are the same daemon.
    if (this.#held.has(name)) return undefined;
    const lost = new AbortController();
    let validUntil = 0;
    let [timer, expiry]: (NodeJS.Timeout | undefined)[] = [];
    let renewing = Promise.resolve();
    const end = (): void => {
      clearTimeout(timer);
      clearTimeout(expiry);
      this.#held.delete(name);
    };
    const lose = (reason: string): void => {
      end();
      this.#store.lost?.(name, reason);
      lost.abort(new VexilError("VEXIL_UNAVAILABLE_STORAGE", `the lease ${name} was lost: ${reason}`));
    };
    const prolong = (sent: number): void => {
      validUntil = sent + LEASE_MS - MARGIN_MS;
      clearTimeout(expiry);
      // Whatever becomes of renewals: they fail late, or never end.
      expiry = setTimeout(lose, validUntil - performance.now(), "it could not be renewed in time").unref();
    };
    const renew = async (): Promise<void> => {
      const sent = performance.now();
      const left = AbortSignal.timeout(Math.max(1, Math.ceil(validUntil - sent)));
      const taken = async (): Promise<boolean> => this.#store.take(name, LEASE_MS, left);
      const isOurs = await taken().catch(() => undefined);
      if (isOurs === undefined || this.#held.get(name) !== entry) return;
      if (isOurs) prolong(sent);
      else lose("another daemon took it");
    };
    const tick = (): void => {
      timer = setTimeout(() => {
        renewing = renew().then(() => {
          if (this.#held.get(name) === entry) tick();
        });
      }, RENEW_MS).unref();
    };
    const release = async (): Promise<void> => {
      if (this.#held.get(name) !== entry) return;
      end();
      // A renewal under way would bring it back.
      await renewing;
      await this.#store.free(name);
    };
    const entry = { release };
    this.#held.set(name, entry);
    prolong(asked);
    tick();
    return { lost: lost.signal, release };
  }

  /** Gives back all that are held, so that others go on without waiting for them to run out. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#held.values()].map((entry) => entry.release()));
  }
}
