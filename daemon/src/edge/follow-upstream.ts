import { setTimeout as sleep } from "node:timers/promises";
import { doublingMs } from "@vexil/engine/operators/back-off";
import { toVexilError, type VexilError } from "@vexil/plugin-api/errors";
import { LONGEST_TIMER_MS } from "@vexil/plugin-api/signal-within";
import { followHeads } from "./follow-heads.js";
import type { UpstreamHead } from "./nudges.js";
import type { Upstream } from "./upstream.js";
import type { UpstreamSet } from "./upstream-set.js";

/** Edges whose upstream comes back do not come all at once: each waits for anything up to this, then up to twice as long. */
const BACK_OFF = { firstMs: 2_000, longestMs: 30_000, spread: 1 };
const JITTER = 0.1;

/** Listener of an upstream that is followed. */
export interface UpstreamListener {
  /** It has been asked, and has these. Rejects when they cannot be served. */
  readonly asked: (set: UpstreamSet) => Promise<void>;
  /** @returns whether the environment is known here; else the upstream is asked what it has */
  readonly heard: (head: UpstreamHead) => boolean;
  /** It cannot be followed, this often in a row. */
  readonly lost: (error: VexilError, failures: number) => void;
}

/** Follows an upstream until the signal aborts: what it has, and which commits it serves. Never rejects. */
export async function followUpstream(
  upstream: Upstream,
  listener: UpstreamListener,
  signal: AbortSignal,
  random: () => number = Math.random,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const connection = new AbortController();
    const both = AbortSignal.any([signal, connection.signal]);
    try {
      await listener.asked(await upstream.ask(both));
      failures = 0;
      const looks = new Looks(upstream, listener, both, random);
      const heard = (head: UpstreamHead): void => {
        if (!listener.heard(head)) looks.now();
      };
      await Promise.race([followHeads(upstream.client, heard, both), looks.failed]);
    } catch (thrown) {
      if (signal.aborted) return;
      const error = toVexilError(thrown);
      failures += 1;
      listener.lost(error, failures);
      const asked = error.details.retryAfterMs ?? 0;
      // What asks for a time asks all edges for the same.
      await sleep(asked + doublingMs(failures, BACK_OFF, random), undefined, { signal }).catch(() => undefined);
    } finally {
      connection.abort();
    }
  }
}

/** Looks at what the upstream has, now and then and when somebody asks for it. */
class Looks {
  /** Rejects when a look fails. */
  readonly failed: Promise<never>;
  #wake: (() => void) | undefined;
  #isWanted = false;

  constructor(upstream: Upstream, listener: UpstreamListener, signal: AbortSignal, random: () => number) {
    this.failed = this.#run(upstream, listener, signal, random);
    this.failed.catch(() => undefined);
  }

  now(): void {
    this.#isWanted = true;
    this.#wake?.();
  }

  async #run(
    upstream: Upstream,
    listener: UpstreamListener,
    signal: AbortSignal,
    random: () => number,
  ): Promise<never> {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const pauseMs = upstream.edge.pollIntervalMs * (1 + JITTER * (2 * random() - 1));
      if (!this.#isWanted)
        await Promise.race([sleep(Math.min(pauseMs, LONGEST_TIMER_MS), undefined, { signal, ref: false }), woken]);
      this.#isWanted = false;
      await listener.asked(await upstream.ask(signal));
      // A name that stays unknown here, as one that is left out on purpose, must not be asked for again and again.
      await sleep(1_000 * (0.5 + random()), undefined, { signal, ref: false });
    }
  }
}
