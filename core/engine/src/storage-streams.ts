import { randomUUID } from "node:crypto";
import { injectable } from "inversify";
import { finalize, mergeAll, type Observable, Subject, share } from "rxjs";
import { type Answers, AnswersToken, draining } from "./answers.js";
import { inject, token } from "./di/token.js";
import { firstTry, type OpenedStorage, startOf } from "./first-try.js";
import { inSlices } from "./in-slices.js";
import { type Clock, ClockToken } from "./model/clock.js";
import { within } from "./model/deadlines.js";
import type { SyncEvent } from "./model/events.js";
import { RunningStorage } from "./running-storage.js";
import type { GitStorage } from "./storage/git-storage.js";

export const StorageStreamsToken = token<StorageStreams>("storage-streams");

/** A backend's own state is read within this; a first build of a large repository takes seconds. */
const OPEN_STATE_MS = 10 * 60_000;

/** The streams of all storages as one: the one mouth from which logs, status, metrics and answers derive. */
@injectable()
export class StorageStreams {
  /** Hot; never errors; completes when the last work has ended after `drain()`. To be subscribed to before any is opened. */
  readonly events$: Observable<SyncEvent>;
  readonly #clock: Clock;
  readonly #answers: Answers;
  readonly #streams = new Subject<Observable<SyncEvent>>();
  readonly #cut = new Subject<void>();
  readonly #running = new Map<string, { readonly running: RunningStorage; readonly done: Promise<void> }>();
  #isOver = false;

  constructor(@inject(ClockToken) clock: Clock, @inject(AnswersToken) answers: Answers) {
    this.#clock = clock;
    this.#answers = answers;
    this.events$ = this.#streams.pipe(mergeAll(), share());
  }

  /** A storage that takes writes; none before what opening it has made happen is told. */
  get(storage: string): RunningStorage | undefined {
    const running = this.#running.get(storage)?.running;
    return running?.isLive === true ? running : undefined;
  }

  /** Lets a stream of its own run with the others, until it ends or all are cut. */
  add(events$: Observable<SyncEvent>): void {
    this.#streams.next(events$);
  }

  /** Serves what the storage's backend holds, then starts its ticks. */
  open(storage: GitStorage): OpenedStorage {
    const state = within(this.#clock, OPEN_STATE_MS, (signal) =>
      storage.state.opening.open({ signal, correlationId: randomUUID() }),
    );
    const started = state.then((events) => this.#start(storage, events));
    const opened = started.then(({ opened }) => opened);
    const tried = started.then(({ tried }) => tried);
    return startOf(storage, opened, tried, this.#clock);
  }

  /** Ends a storage's ticks, and waits for its work under way. */
  async close(id: string): Promise<void> {
    const entry = this.#running.get(id);
    if (entry === undefined) return;
    this.#running.delete(id);
    entry.running.drain();
    await entry.done;
  }

  /** Ends all ticks, then waits for work under way; a signal that aborts ends that too. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#isOver = true;
    const entries = [...this.#running.values()];
    for (const { running } of entries) running.drain();
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([Promise.all(entries.map(({ done }) => done)), aborted]);
    this.#cut.next();
    this.#streams.complete();
  }

  #start(storage: GitStorage, events: readonly SyncEvent[]): { opened: Promise<void>; tried: Promise<void> } {
    if (this.#isOver) throw draining();
    const running = new RunningStorage(storage, this.#clock, this.#answers);
    const tried = firstTry(this.events$, storage);
    tried.catch(() => undefined);
    const [opened, served] = flag();
    const [done, ended] = flag();
    this.#running.set(storage.id, { running, done });
    const first$ = inSlices(events).pipe(finalize(served));
    this.add(running.events$(first$, this.#cut).pipe(finalize(ended)));
    return { opened, tried };
  }
}

function flag(): readonly [Promise<void>, () => void] {
  let raise: () => void = () => undefined;
  const raised = new Promise<void>((resolve) => {
    raise = resolve;
  });
  return [raised, raise];
}
