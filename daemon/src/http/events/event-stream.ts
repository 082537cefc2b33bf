import type { ServerResponse } from "node:http";
import { atCommit, type EventReader, type FeedPage, type FeedPlace } from "@vexil/engine/sinks/event-reader";
import type { SharedEvent } from "@vexil/engine/sinks/shared-pages";
import type { StorageStates } from "@vexil/engine/sinks/storage-states";
import type { SinkEvent, StorageStateEvent } from "@vexil/plugin-api";
import type { VexilError } from "@vexil/plugin-api/errors";
import { TimeSlice } from "@vexil/plugin-api/time-slice";
import { shownError } from "../error-response.js";
import { permissionError } from "../rights/refusals.js";
import { CAUGHT_UP, eventFrame, HEARTBEAT, OPENING, positionFrame } from "./event-frames.js";
import type { EventSight } from "./event-sight.js";
import { EventWriter } from "./event-writer.js";
import { Retries } from "./retries.js";
import { StreamPlace } from "./stream-place.js";
import { MOST_ENVIRONMENTS, type StreamStart, tooMany } from "./stream-start.js";
import type { ToldStream } from "./told-stream.js";

/** Parts of a stream. */
export interface EventStreamParts {
  readonly response: ServerResponse;
  readonly reader: EventReader;
  readonly states: StorageStates;
  readonly sight: EventSight;
  readonly isWanted: (event: SinkEvent) => boolean;
  readonly start: StreamStart;
  /** Key that positions are sealed with. */
  readonly key: Uint8Array;
  /** It goes on with what happens; else it ends when all that was is told. */
  readonly follow: boolean;
  /** Nothing new may go to its client now. */
  readonly isHeld: () => boolean;
  /** Nothing can be written to it any more. */
  readonly closed: () => void;
}

/**
 * One open stream. It asks for a page of events when the one before is written, and writes when its client has taken what
 * was written before: a slow one is told later, and costs no more memory.
 */
export class EventStream implements ToldStream {
  readonly #parts: EventStreamParts;
  readonly #writer: EventWriter;
  readonly #place: StreamPlace;
  readonly #doubtful: Set<string>;
  /** Environments of which there may be something to tell. */
  readonly #due: Set<string>;
  readonly #retries = new Retries();
  readonly #slice = new TimeSlice();
  /** States that a client who comes again has missed. */
  #missed: readonly StorageStateEvent[];
  #statesSeen: number;
  #isRunning = false;

  constructor(parts: EventStreamParts) {
    this.#parts = parts;
    const { states, start, response } = parts;
    this.#doubtful = new Set(start.doubtful);
    this.#due = new Set(start.places.keys());
    this.#place = new StreamPlace(parts.key, start.places, states.unready());
    this.#statesSeen = states.newest;
    this.#missed = start.told === undefined ? [] : states.difference(start.told);
    for (const { storage, before } of this.#missed) this.#place.setState(storage, before);
    this.#writer = new EventWriter(response, () => {
      this.#retries.end();
      parts.closed();
    });
  }

  get #isOver(): boolean {
    return !this.#writer.isOpen;
  }

  start(): void {
    this.#writer.start(OPENING + positionFrame(this.#place.tell()));
    this.#wake();
  }

  published(environment: string): void {
    if (this.#place.of(environment) !== undefined) this.#wake(environment);
    else void this.#consider(environment);
  }

  /** An environment is gone: one that comes by its name is another one. */
  removed(environment: string): void {
    this.#place.leave(environment);
    this.#due.delete(environment);
    this.#doubtful.delete(environment);
    this.#retries.succeeded(environment);
  }

  stateChanged(): void {
    this.#wake();
  }

  heartbeat(): void {
    if (this.#writer.isStalled) return;
    void this.#writer.write(this.#place.isMoved ? positionFrame(this.#place.tell()) : HEARTBEAT);
  }

  isStalledSince(before: number): boolean {
    return this.#writer.isStalledSince(before);
  }

  async review(): Promise<void> {
    const { sight, isHeld } = this.#parts;
    if (this.#isOver || isHeld()) return;
    const seen = await sight.environments();
    if (this.#isOver) return;
    if (seen.size === 0 && sight.isJudged) {
      this.fail(permissionError());
      return;
    }
    for (const environment of this.#place.environments) if (!seen.has(environment)) this.#place.leave(environment);
    for (const environment of seen) this.#begin(environment);
    this.#wake();
  }

  fail(error: VexilError): void {
    this.#writer.fail(error);
  }

  end(): void {
    this.#writer.end();
  }

  drop(): void {
    this.#writer.drop();
  }

  /** Follows an environment that came to be, if it is one of those that are asked for. */
  async #consider(environment: string): Promise<void> {
    if (this.#isOver || !(await this.#parts.sight.shows(environment))) return;
    this.#begin(environment);
    this.#wake(environment);
  }

  #begin(environment: string): void {
    const { reader, start } = this.#parts;
    const head = reader.head(environment);
    if (head === undefined || this.#place.of(environment) !== undefined) return;
    if (this.#place.environments.length >= MOST_ENVIRONMENTS) this.fail(tooMany(MOST_ENVIRONMENTS + 1));
    this.#place.move(environment, atCommit(start.fromBeginning ? undefined : head));
    this.#due.add(environment);
  }

  #wake(environment?: string): void {
    if (environment !== undefined) this.#due.add(environment);
    if (this.#isRunning || this.#isOver) return;
    this.#isRunning = true;
    this.#run().catch((thrown: unknown) => this.fail(shownError(thrown)));
  }

  async #run(): Promise<void> {
    const { follow, isHeld } = this.#parts;
    while (!this.#isOver && !isHeld()) {
      if (this.#slice.due) await this.#slice.next();
      await this.#tellStates();
      const [environment] = this.#due;
      if (environment === undefined) break;
      // Others have their turn after each page.
      this.#due.delete(environment);
      await this.#tellPage(environment);
    }
    this.#isRunning = false;
    if (follow || isHeld() || this.#due.size > 0 || !this.#retries.isEmpty) return;
    this.#writer.end(positionFrame(this.#place.tell()) + CAUGHT_UP);
  }

  async #tellStates(): Promise<void> {
    const { states } = this.#parts;
    const missed = this.#missed;
    const fresh = states.since(this.#statesSeen) ?? states.difference((storage) => this.#place.stateOf(storage));
    if (missed.length + fresh.length === 0) return;
    this.#missed = [];
    this.#statesSeen = states.newest;
    for (const event of [...missed, ...fresh]) {
      await this.#send({ event, text: JSON.stringify(event) }, () => {
        this.#place.setState(event.storage, event.after);
        return true;
      });
    }
  }

  async #tellPage(environment: string): Promise<void> {
    const place = this.#place.of(environment);
    if (place === undefined || this.#retries.isWaiting(environment)) return;
    const page = await this.#page(environment, place);
    // It may be gone, or be another one meanwhile.
    if (page === undefined || this.#place.of(environment) !== place) return;
    this.#due.add(environment);
    const { before, events, after } = page;
    if (events.length === 0) this.#place.move(environment, after);
    let at = place;
    for (const [index, shared] of events.entries()) {
      if (this.#isOver || this.#parts.isHeld() || this.#place.of(environment) !== at) return;
      const next = index === events.length - 1 ? after : { ...before, told: before.told + index + 1 };
      await this.#send(shared, () => {
        // It may go while its event is judged, too.
        if (this.#place.of(environment) !== at) return false;
        this.#place.move(environment, next);
        at = next;
        return true;
      });
    }
  }

  /** undefined: all is told, or it is tried again later. */
  async #page(environment: string, place: FeedPlace): Promise<FeedPage | undefined> {
    const { reader } = this.#parts;
    try {
      if (this.#doubtful.has(environment)) {
        if (!(await reader.leadsOn(environment, place))) return reader.gap(environment, place, LOST);
        this.#doubtful.delete(environment);
      }
      const page = await reader.next(environment, place);
      this.#retries.succeeded(environment);
      if (page === undefined && this.#parts.follow) reader.ready(environment);
      return page;
    } catch (thrown) {
      const error = shownError(thrown);
      const isBug = error.code === "VEXIL_INTERNAL_BUG";
      if (isBug || !this.#retries.failed(environment, () => this.#wake(environment))) this.fail(error);
      return undefined;
    }
  }

  /**
   * Writes an event, if it is to be seen; the place after it counts in any case.
   * @param passed goes to that place, or tells that it is nobody's any more
   */
  async #send(shared: SharedEvent, passed: () => boolean): Promise<void> {
    const { isWanted, sight } = this.#parts;
    const shown = isWanted(shared.event) ? sight.text(shared) : undefined;
    const text = shown instanceof Promise ? await shown : shown;
    if (this.#isOver || !passed()) return;
    if (text !== undefined) await this.#writer.write(eventFrame(this.#place.tell(), text));
  }
}

const LOST = "the position is of a commit that is not in its past any more";
