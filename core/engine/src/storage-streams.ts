import { randomUUID } from "node:crypto";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import { injectable } from "inversify";
import { catchError, finalize, mergeAll, type Observable, of, Subject, share } from "rxjs";
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

/** A storage whose backend's state is being read. */
interface Opening {
  /** Ends the reading; aborting again changes nothing. */
  stop(why: VexilError): void;
  /** Resolves when it has ended, and runs or never will. */
  readonly ended: Promise<void>;
}

interface Running {
  readonly running: RunningStorage;
  /** Resolves when the last work has ended. */
  readonly done: Promise<void>;
}

/** The streams of all storages as one: the one mouth from which logs, status, metrics and answers derive. */
@injectable()
export class StorageStreams {
  /** Hot; never errors; completes when the last work has ended after `drain()`. To be subscribed to before any is opened. */
  readonly events$: Observable<SyncEvent>;
  readonly #clock: Clock;
  readonly #answers: Answers;
  readonly #streams = new Subject<Observable<SyncEvent>>();
  readonly #cut = new Subject<void>();
  readonly #opening = new Map<string, Opening>();
  readonly #running = new Map<string, Running>();
  /** Closed, with work under way. */
  readonly #ending = new Set<Promise<void>>();
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

  /** It drains, or has: nothing more is opened. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Tells if a storage was closed by a defect: it is there, and nothing happens to it any more. */
  isBroken(storage: string): boolean {
    return this.#running.get(storage)?.running.storage.phase.now === "closed";
  }

  /** Lets a stream of a storage run with the others, until it ends. An error of it fails that storage and no other. */
  add(storage: string, events$: Observable<SyncEvent>): void {
    const failed = (error: unknown): SyncEvent => ({
      type: "rebuild.failed",
      storage,
      at: this.#clock.now(),
      error: toVexilError(error),
    });
    this.#streams.next(events$.pipe(catchError((error: unknown) => of(failed(error)))));
  }

  /** Serves what the storage's backend holds, then starts its ticks. Closed before that, it has nothing to open. */
  open(storage: GitStorage): OpenedStorage {
    const stopping = new AbortController();
    const state = within(
      this.#clock,
      OPEN_STATE_MS,
      (signal) => storage.state.opening.open({ signal, correlationId: randomUUID() }),
      { also: stopping.signal },
    );
    const started = state.then((events) => {
      stopping.signal.throwIfAborted();
      return this.#start(storage, events);
    });
    const opening: Opening = {
      stop: (why) => stopping.abort(why),
      ended: started.then(
        () => undefined,
        () => undefined,
      ),
    };
    this.#opening.set(storage.id, opening);
    void opening.ended.then(() => {
      if (this.#opening.get(storage.id) === opening) this.#opening.delete(storage.id);
    });
    const opened = started.then(({ opened }) => opened);
    const tried = started.then(({ tried }) => tried);
    return startOf(storage, opened, tried, this.#clock);
  }

  /** Ends a storage's ticks, or the reading of its state, and waits for its work under way. */
  async close(id: string): Promise<void> {
    const opening = this.#opening.get(id);
    opening?.stop(new VexilError("VEXIL_INTERNAL_CANCELLED", `storage ${id} was closed while it was being opened`));
    await opening?.ended;
    const entry = this.#running.get(id);
    if (entry === undefined) return;
    this.#running.delete(id);
    entry.running.drain();
    // Until then a drain waits for it too: it has taken writes.
    this.#ending.add(entry.done);
    await entry.done;
    this.#ending.delete(entry.done);
  }

  /** Ends all ticks, then waits for work under way; a signal that aborts ends that too. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#isOver = true;
    const [opening, entries] = [[...this.#opening.values()], [...this.#running.values()]];
    for (const { stop } of opening) stop(draining());
    for (const { running } of entries) running.drain();
    const ends = [...opening.map(({ ended }) => ended), ...entries.map(({ done }) => done), ...this.#ending];
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([Promise.all(ends), aborted]);
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
    this.add(storage.id, running.events$(first$, this.#cut).pipe(finalize(ended)));
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
