import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../model/clock.js";
import type { SnapshotReader } from "../model/snapshot-reader.js";
import type { GitStorage } from "../storage/git-storage.js";
import type { Storages } from "../storage/storages.js";
import type { StorageStreams } from "../storage-streams.js";
import { eventId } from "./event-id.js";
import { Feed } from "./feed.js";
import type { FeedStep } from "./feed-steps.js";
import { FeedWays } from "./feed-ways.js";
import { limited } from "./limited.js";
import { type SharedEvent, SharedPages } from "./shared-pages.js";

/** Pages that are made at the same time: what is served has to be built, too. */
const BUILDS = 2;
/** Commits without any event that are passed over before whoever asks gets to know. */
const PASSED = 200;

/** Environments whose state was built beforehand, as far as that is remembered. */
const MOST_READIED = 1_000;

/** Where somebody stands in an environment. */
export interface FeedPlace {
  /** All up to this commit is told; undefined: nothing. */
  readonly at: Oid | undefined;
  /** The commit whose events are being told; undefined: none. */
  readonly to: Oid | undefined;
  /** Events of it that are told. */
  readonly told: number;
}

/** Events that follow a place, one after the other; perhaps none. */
export interface FeedPage {
  /** The step that they are of. */
  readonly before: FeedPlace;
  readonly events: readonly SharedEvent[];
  /** Where whoever has been told all of them stands. */
  readonly after: FeedPlace;
}

/** Parts of a reader. */
export interface EventReaderParts {
  readonly storages: Pick<Storages, "ofEnvironment">;
  readonly streams: Pick<StorageStreams, "get">;
  readonly snapshots: Pick<SnapshotReader, "get">;
  readonly clock: Clock;
  /** Daemons' commits are sealed. */
  readonly needsProof: () => boolean;
}

interface Found {
  readonly storage: GitStorage;
  readonly info: EnvironmentInfo;
  /** Of storage and environment. */
  readonly key: string;
  readonly beside: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Events of environments for any number of readers, who stand wherever they like: what they share is computed once. */
export class EventReader {
  readonly #parts: EventReaderParts;
  readonly #ways = new FeedWays();
  readonly #pages = new SharedPages();
  readonly #turn = limited(BUILDS);
  readonly #storages = new WeakMap<GitStorage, number>();
  /** Ends what is being computed, which is everybody's and ends with nobody who waits for it. */
  readonly #end = new AbortController();
  /** Environment → the head whose state was built for whoever waits there. */
  readonly #readied = new Map<string, Oid>();
  #count = 0;

  constructor(parts: EventReaderParts) {
    this.#parts = parts;
  }

  /** Pages that had to be made. */
  get computed(): number {
    return this.#pages.count;
  }

  /** The commit that is served. */
  head(environment: string): Oid | undefined {
    return this.#parts.snapshots.get(environment)?.snapshot?.revision;
  }

  /**
   * The events after a place; undefined: all is told.
   * @throws VexilError where they cannot be computed for now
   */
  async next(environment: string, place: FeedPlace): Promise<FeedPage | undefined> {
    const head = this.head(environment);
    if (head === undefined || isAt(place, head)) return undefined;
    const found = this.#find(environment);
    const feed = this.#feed(found, head);
    // A step that was begun is ended, also where the branch does not lead there any more.
    const isBegun = place.to !== undefined && place.to !== place.at;
    const steps = isBegun
      ? [await found.beside(() => feed.step(place.at, place.to as Oid))]
      : await found.beside(() => this.#ways.steps(found.key, feed, place.at, PASSED));
    let after: FeedPlace = place;
    for (const step of steps) {
      const told = isBegun ? place.told : 0;
      const page = await this.#pages.page(keyOf(found, step), told, () =>
        this.#turn(() => found.beside(async () => feed.open(step))),
      );
      const before = { at: step.from, to: step.to, told };
      after = page.isLast ? atCommit(step.to) : { ...before, told: told + page.events.length };
      if (page.events.length > 0) return { before, events: page.events, after };
    }
    return { before: after, events: [], after };
  }

  /**
   * Builds the state that is served where somebody waits for what comes next, which is told from it: the first events
   * after a quiet time come no later than others.
   */
  ready(environment: string): void {
    const head = this.head(environment);
    if (head === undefined || this.#readied.get(environment) === head) return;
    // Environments come and go: forgetting costs another look at what is built.
    if (this.#readied.size >= MOST_READIED) this.#readied.clear();
    this.#readied.set(environment, head);
    this.#turn(async () => {
      const found = this.#find(environment);
      await found.beside(() => this.#feed(found, head).prepare());
    }).catch(() => this.#readied.delete(environment));
  }

  /** Tells whether the environment's branch leads from a place to its head, so that it is nobody else's. */
  async leadsOn(environment: string, place: FeedPlace): Promise<boolean> {
    const head = this.head(environment);
    if (head === undefined || isAt(place, head)) return head !== undefined;
    const found = this.#find(environment);
    const [first] = await found.beside(() => this.#ways.steps(found.key, this.#feed(found, head), place.at, 1));
    if (first?.isRewritten === true) return false;
    return place.to === undefined || place.to === first?.to;
  }

  /** The gap that is told where a place counts no more. */
  gap(environment: string, { at }: FeedPlace, reason: string): FeedPage {
    const head = this.head(environment) as Oid;
    const { storage } = this.#find(environment);
    const id = eventId(environment, at ?? "", head, "gap");
    const time = new Date(this.#parts.clock.now()).toISOString();
    const event = { version: 1, id, time, storage: storage.id, kind: "gap", environment, revision: head } as const;
    const whole = { ...event, previous: at, reason };
    const after = atCommit(head);
    return { before: { at, to: head, told: 0 }, events: [{ event: whole, text: JSON.stringify(whole) }], after };
  }

  /** Gives up what is being computed. */
  close(): void {
    this.#end.abort(new VexilError("VEXIL_UNAVAILABLE_DRAINING", "the daemon is stopping or restarting; try again"));
  }

  #find(environment: string): Found {
    const { storages, streams } = this.#parts;
    const storage = storages.ofEnvironment(environment);
    const running = storage === undefined ? undefined : streams.get(storage.id);
    const info = storage?.branches.ofEnvironment(environment)?.info;
    if (storage === undefined || running === undefined || info === undefined) {
      throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", `the storage of environment ${environment} is not open`);
    }
    // One that is opened anew may read files in another way.
    const number = this.#storages.get(storage) ?? ++this.#count;
    this.#storages.set(storage, number);
    const key = `${number}\0${info.directory}\0${this.#parts.needsProof()}\0${environment}`;
    return { storage, info, key, beside: (work) => running.beside(work) };
  }

  #feed({ storage, info }: Found, head: Oid): Feed {
    const { clock, needsProof } = this.#parts;
    return new Feed(storage, info, head, clock, this.#end.signal, needsProof());
  }
}

/** The place of whoever was told all up to a commit. */
export function atCommit(at: Oid | undefined): FeedPlace {
  return { at, to: undefined, told: 0 };
}

const isAt = ({ at, to }: FeedPlace, head: Oid): boolean => at === head && (to === undefined || to === at);

const keyOf = ({ key }: Found, { from, to, isRewritten }: FeedStep): string =>
  `${key}\0${from ?? ""}\0${to}\0${isRewritten}`;
