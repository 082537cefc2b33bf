import { createHash } from "node:crypto";
import { BehaviorSubject, ignoreElements, type Subscription, take } from "rxjs";
import type { Clock } from "../model/clock.js";
import { whenAborted } from "../operators/when-aborted.js";
import { whileLeased } from "../operators/while-leased.js";
import type { GitStorage } from "../storage/git-storage.js";

const RETRY_MS = 1_000;

/** Tells whether this daemon delivers to a sink what happens in a storage: of those that share its backend one does. */
export class SinkLease {
  readonly #held = new BehaviorSubject(false);
  readonly #running: Subscription | undefined;

  /** @param taken called when it becomes this daemon's turn */
  constructor(
    { repository: { backend } }: Pick<GitStorage, "repository">,
    sink: string,
    clock: Clock,
    stop: AbortSignal,
    taken: () => void,
  ) {
    const { lease } = backend;
    if (lease === undefined) {
      this.#held.next(true);
      return;
    }
    const name = leaseName(sink);
    this.#running = whileLeased<boolean>({
      tryLease: () => lease.call(backend, name, stop),
      retryMs: RETRY_MS,
      scheduler: clock.scheduler,
      until$: whenAborted(stop),
      work: (until$) => until$.pipe(take(1), ignoreElements()),
      held: (held) => [held],
    }).subscribe((held) => {
      this.#held.next(held);
      if (held) taken();
    });
  }

  get isHeld(): boolean {
    return this.#held.value;
  }

  end(): void {
    this.#running?.unsubscribe();
    this.#held.next(false);
  }
}

/** Names of leases are letters. */
function leaseName(sink: string): string {
  const hash = createHash("sha256").update(sink).digest("hex").slice(0, 16);
  return `sink${[...hash].map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 16))).join("")}`;
}
