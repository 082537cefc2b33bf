import type { SinkConfig } from "@vexil/config/config";
import type { Logger, Oid, SinkEvent } from "@vexil/plugin-api";
import type { Clock } from "../model/clock.js";
import type { SnapshotReader } from "../model/snapshot-reader.js";
import { logEvent } from "../observe/catalogue.js";
import type { GitStorage } from "../storage/git-storage.js";
import type { Cursor, Cursors } from "./cursors.js";
import { eventBatches } from "./event-batches.js";
import { Feed, type FeedStorage } from "./feed.js";
import type { FeedStep } from "./feed-steps.js";
import type { SinkAccount } from "./sink-account.js";
import type { SinkTarget } from "./sink-target.js";

/** Commits without any event are passed over so often before the place is noted. */
const NOTE_AFTER = 1_000;

/** A storage as a sink uses it. */
export interface SinkStorage {
  readonly storage: FeedStorage & Pick<GitStorage, "branches">;
  readonly cursors: Cursors;
  /** Does something with the storage, which is not closed meanwhile. */
  beside<T>(work: () => Promise<T>): Promise<T>;
}

/** Parts of the deliveries of one sink. */
export interface EnvironmentDeliveryParts {
  readonly config: Pick<SinkConfig, "name" | "from">;
  readonly isWanted: (event: SinkEvent) => boolean;
  readonly snapshots: Pick<SnapshotReader, "get">;
  /** undefined: another daemon delivers what happens there, or nobody can now. */
  readonly storageOf: (environment: string) => Promise<SinkStorage | undefined>;
  /** The commit that was served when the environment was first seen. */
  readonly firstSeen: (environment: string) => Oid | undefined;
  /** Daemons' commits are sealed. */
  readonly needsProof: () => boolean;
  readonly target: SinkTarget;
  readonly account: SinkAccount;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Brings a sink from where it stands in an environment to what is served of that. */
export class EnvironmentDelivery {
  readonly #parts: EnvironmentDeliveryParts;

  constructor(parts: EnvironmentDeliveryParts) {
    this.#parts = parts;
  }

  /** Resolves when all is told; rejects with what keeps it from going on for now, and when the signal aborts. */
  async run(environment: string, signal: AbortSignal): Promise<void> {
    const { snapshots, storageOf, account, clock, needsProof } = this.#parts;
    for (;;) {
      signal.throwIfAborted();
      const head = snapshots.get(environment)?.snapshot?.revision;
      if (head === undefined) break;
      const found = await storageOf(environment);
      const info = found?.storage.branches.ofEnvironment(environment)?.info;
      if (found === undefined || info === undefined) break;
      const cursor = await found.beside(() => this.#cursor(environment, head, found.cursors));
      const { at, to } = cursor;
      // What has been begun is ended first, also where the branch does not lead there any more.
      const begun = to === at ? undefined : to;
      if (at === head && begun === undefined) break;
      const feed = new Feed(found.storage, info, head, clock, signal, needsProof());
      const steps = await found.beside(async () =>
        begun === undefined ? feed.steps(at) : [await feed.step(at, begun)],
      );
      await this.#walk(environment, steps, feed, found, cursor, signal);
    }
    account.waits(environment, 0);
  }

  async #cursor(environment: string, head: Oid, cursors: Cursors): Promise<Cursor> {
    const { config, firstSeen, logger } = this.#parts;
    const known = await cursors.read(environment);
    if (known !== undefined) return known;
    const at = config.from === "beginning" ? undefined : (firstSeen(environment) ?? head);
    const cursor = { at, to: undefined };
    await cursors.move(environment, cursor);
    logEvent(logger, "sink.began", { sink: config.name, environment, revision: at });
    return cursor;
  }

  async #walk(
    environment: string,
    steps: readonly FeedStep[],
    feed: Feed,
    { cursors, beside }: SinkStorage,
    from: Cursor,
    signal: AbortSignal,
  ): Promise<void> {
    const { account, isWanted, target } = this.#parts;
    let cursor = from;
    const move = async (next: Cursor): Promise<void> => {
      await beside(() => cursors.move(environment, next));
      cursor = next;
    };
    let passed = 0;
    for (const [place, step] of steps.entries()) {
      signal.throwIfAborted();
      account.waits(environment, steps.length - place);
      const events = await beside(() => feed.open(step));
      let told = 0;
      for await (const batch of eventBatches(this.#noting(events), isWanted, target.most)) {
        // Whatever becomes of the branch, a step of which something was told is told to its end.
        if (cursor.at !== step.from || cursor.to !== step.to) await move({ at: step.from, to: step.to });
        await target.deliver(batch, signal);
        told += batch.length;
      }
      passed = told > 0 ? 0 : passed + 1;
      const next = steps[place + 1];
      if (told > 0 || next === undefined || passed >= NOTE_AFTER) {
        await move({ at: step.to, to: next?.to });
        passed = 0;
      }
    }
  }

  /** Says what could not be told. */
  async *#noting(events: AsyncIterable<SinkEvent> | undefined): AsyncGenerator<SinkEvent> {
    if (events === undefined) return;
    const { config, logger } = this.#parts;
    for await (const event of events) {
      if (event.kind === "gap") {
        const { environment, previous, revision, reason } = event;
        logEvent(logger, "sink.missed", { sink: config.name, environment, previous, revision, reason });
      }
      yield event;
    }
  }
}
