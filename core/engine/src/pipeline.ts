import { randomUUID } from "node:crypto";
import { injectable } from "inversify";
import { type Observable, Subject, type Subscription } from "rxjs";
import { inject, token } from "./di/token.js";
import { inSlices } from "./in-slices.js";
import type { Clock } from "./model/clock.js";
import { ClockToken } from "./model/clock.js";
import { atMost, within } from "./model/deadlines.js";
import { policyOf } from "./model/error-policy.js";
import type { SyncEvent } from "./model/events.js";
import type { GitStorage } from "./storage/git-storage.js";
import { StorageLane } from "./storage-lane.js";

/** What opening a storage leads to. */
export interface OpenedStorage {
  /** Resolves when what the backend holds is served; rejects when it cannot be read. */
  readonly opened: Promise<void>;
  /** Resolves when there is something to serve, or nothing more to wait for; rejects with what stops the start. */
  readonly serving: Promise<void>;
  /** Resolves when the first try to reach the remote has ended; rejects with what stops the start. */
  readonly settled: Promise<void>;
}

export const PipelineToken = token<Pipeline>("pipeline");

/**
 * THE place to read first. Each storage has a lane; all that happens to storages comes out of `events$`, from which
 * logs, status and metrics are derived:
 *
 *   every 10 s, watch hints ─────── coalesceMap ─────────────────────────────────────────────────┐
 *   poll_interval, nudges ── pollLoop(download: network ▸ advance) ──────────────────────────────┤ lane ──▶ events$
 *   writes ── groupWhileBusy ── prepare ▸ push: network ▸ finish ────────────────────────────────┘
 */
@injectable()
export class Pipeline {
  readonly #clock: Clock;
  readonly #events = new Subject<SyncEvent>();
  readonly #lanes = new Map<
    string,
    { readonly lane: StorageLane; readonly subscription: Subscription; readonly done: Promise<void> }
  >();

  constructor(@inject(ClockToken) clock: Clock) {
    this.#clock = clock;
  }

  /** Hot; never errors; completes when the last work has ended after `drain()`. */
  get events$(): Observable<SyncEvent> {
    return this.#events;
  }

  lane(storage: string): StorageLane | undefined {
    return this.#lanes.get(storage)?.lane;
  }

  /** Tells an event of a storage that has no lane yet. */
  tell(event: SyncEvent): void {
    this.#events.next(event);
  }

  /** Serves what the storage's backend holds, then starts its ticks. Subscribe to `events$` before. */
  open(storage: GitStorage): OpenedStorage {
    const opened = this.#open(storage);
    const settled = opened.then((lane) => (storage.hasRemote ? firstTry(storage, lane) : undefined));
    const read = opened.then(() => undefined);
    const outcome = startOf(storage, read, settled, this.#clock);
    // Whoever opens several storages looks at the first failure only: the others are no unhandled rejections.
    for (const promise of [read, settled, outcome.serving, outcome.settled]) promise.catch(() => undefined);
    return { opened: read, ...outcome };
  }

  /** Ends a storage's ticks, waits for its work under way and closes it. */
  async close(id: string): Promise<void> {
    const entry = this.#lanes.get(id);
    if (entry === undefined) return;
    this.#lanes.delete(id);
    entry.lane.drain();
    await entry.done;
    await entry.lane.storage.close();
  }

  /** Ends all ticks, then waits for work under way; a signal that aborts ends that too. */
  async drain(signal: AbortSignal): Promise<void> {
    const entries = [...this.#lanes.values()];
    for (const { lane } of entries) lane.drain();
    const cut = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([Promise.all(entries.map(({ done }) => done)), cut]);
    for (const { subscription } of entries) subscription.unsubscribe();
    this.#events.complete();
  }

  async #open(storage: GitStorage): Promise<StorageLane> {
    const lane = new StorageLane(storage, this.#clock, (event) => this.#events.next(event));
    const state = await within(this.#clock, OPEN_STATE_MS, (signal) =>
      storage.openState({ signal, correlationId: randomUUID() }),
    );
    await inSlices(state.events).forEach((event) => {
      this.#events.next(event);
    });
    let end: () => void = () => undefined;
    const done = new Promise<void>((resolve) => {
      end = resolve;
    });
    const subscription = lane.events$().subscribe({ next: (event) => this.#events.next(event), complete: () => end() });
    subscription.add(() => end());
    this.#lanes.set(storage.id, { lane, subscription, done });
    return lane;
  }
}

/** A backend's own state is read within this; a first build of a large repository takes seconds. */
const OPEN_STATE_MS = 10 * 60_000;

/** What stops a lenient start stops it before it serves, where the remote answers soon. */
const SOON_MS = 1_000;

/**
 * When a storage serves, and when its start has ended. A strict one waits for the remote; a lenient one serves what is
 * there, or nothing yet, without much ado. Once it serves a state its start is over: what the remote says later fails the storage.
 */
function startOf(
  storage: GitStorage,
  read: Promise<void>,
  settled: Promise<void>,
  clock: Clock,
): Pick<OpenedStorage, "serving" | "settled"> {
  if (!storage.hasRemote) return { serving: read, settled };
  if (storage.config.fetchPolicy === "strict") return { serving: settled, settled };
  const serving = read.then(() => atMost(clock, SOON_MS, settled));
  return {
    serving,
    settled: serving.then(() => (storage.hasState ? settled.catch(() => undefined) : settled)),
  };
}

async function firstTry(storage: GitStorage, lane: StorageLane): Promise<void> {
  const error = await lane.firstPoll();
  if (error === undefined) return;
  const start = policyOf(error).start[storage.config.fetchPolicy];
  if (start === "stops" || (start === "stops-without-state" && !storage.hasState)) throw error;
}
