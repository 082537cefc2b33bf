import type { Clock } from "@vexil/engine/model/clock";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { StatusReader } from "@vexil/engine/model/storage-status";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { EventReader } from "@vexil/engine/sinks/event-reader";
import { StorageStates } from "@vexil/engine/sinks/storage-states";
import type { Logger } from "@vexil/plugin-api";
import type { Subscription } from "rxjs";
import { EventStream, type EventStreamParts } from "./event-stream.js";
import { HeadStream, type HeadStreamParts } from "./head-stream.js";
import type { ToldStream } from "./told-stream.js";

/** Streams that are woken in a row before other requests get their turn. */
const IN_A_ROW = 200;
/** Reviews this close together are one. */
const TOGETHER_MS = 50;
const SWEEP_MS = 1_000;

/** Parts of all streams. */
export interface EventStreamsParts {
  readonly reader: EventReader;
  readonly snapshots: Pick<SnapshotReader, "changes$" | "get" | "all">;
  readonly status: Pick<StatusReader, "summaries" | "changes$">;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  /** Decisions about rights may hold for a time only. */
  readonly isForATime: () => boolean;
  readonly heartbeatMs?: number | undefined;
  /** How long one write may wait for its reader. */
  readonly stallMs?: number | undefined;
}

/** All open streams of events. While there are none, nothing is followed. */
export class EventStreams {
  readonly #parts: EventStreamsParts;
  readonly #streams = new Set<ToldStream>();
  #following: Subscription | undefined;
  #states: StorageStates | undefined;
  #review: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(parts: EventStreamsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Opens a stream: its headers at once, then what there is to tell. */
  open(parts: Omit<EventStreamParts, "reader" | "states" | "closed">): EventStream {
    const { reader } = this.#parts;
    return this.#opened((closed) => new EventStream({ ...parts, reader, states: this.#follow(), closed }));
  }

  /** Opens one that tells heads alone. */
  openHeads(parts: Omit<HeadStreamParts, "snapshots" | "closed">): HeadStream {
    const { snapshots } = this.#parts;
    this.#follow();
    return this.#opened((closed) => new HeadStream({ ...parts, snapshots, closed }));
  }

  #opened<T extends ToldStream>(make: (closed: () => void) => T): T {
    const stream: T = make(() => this.#remove(stream));
    this.#streams.add(stream);
    stream.start();
    if (this.#isClosed) stream.end();
    return stream;
  }

  /** Ends the streams whose clients may not have them any more: changes that come together are looked at once. */
  review(): void {
    if (this.#streams.size === 0) return;
    this.#review ??= setTimeout(() => {
      this.#review = undefined;
      this.#each((stream) => void stream.review());
    }, TOGETHER_MS).unref();
  }

  /** Ends every stream, and each one opened later. */
  close(): void {
    this.#isClosed = true;
    for (const stream of [...this.#streams]) stream.end();
    this.#parts.reader.close();
  }

  #follow(): StorageStates {
    this.#states ??= new StorageStates(this.#parts.status, this.#parts.clock, () =>
      this.#each((stream) => stream.stateChanged()),
    );
    this.#following ??= this.#followed();
    return this.#states;
  }

  #followed(): Subscription {
    const { snapshots, heartbeatMs = 15_000, stallMs = 15_000, isForATime } = this.#parts;
    const timers = [
      setInterval(() => this.#each((stream) => stream.heartbeat()), heartbeatMs),
      setInterval(() => this.#dropStalled(stallMs), Math.min(SWEEP_MS, stallMs / 2)),
      setInterval(() => isForATime() && this.review(), SWEEP_MS),
    ];
    for (const timer of timers) timer.unref();
    const following = snapshots.changes$.subscribe((change) => {
      const { environment } = change;
      if (change.type === "published") this.#each((stream) => stream.published(environment));
      else this.#each((stream) => stream.removed(environment));
    });
    following.add(() => timers.forEach(clearInterval));
    return following;
  }

  #remove(stream: ToldStream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    this.#following?.unsubscribe();
    this.#following = undefined;
    this.#states?.close();
    this.#states = undefined;
    clearTimeout(this.#review);
    this.#review = undefined;
  }

  #dropStalled(stallMs: number): void {
    const before = performance.now() - stallMs;
    for (const stream of [...this.#streams]) {
      if (!stream.isStalledSince(before)) continue;
      logEvent(this.#parts.logger, "events.dropped", {});
      stream.drop();
    }
  }

  #each(visit: (stream: ToldStream) => void): void {
    this.#some([...this.#streams], 0, visit);
  }

  #some(streams: readonly ToldStream[], from: number, visit: (stream: ToldStream) => void): void {
    const end = Math.min(from + IN_A_ROW, streams.length);
    for (let index = from; index < end; index += 1) visit(streams[index] as ToldStream);
    if (end < streams.length) setImmediate(() => this.#some(streams, end, visit));
  }
}
