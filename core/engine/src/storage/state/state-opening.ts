import type { StorageConfig } from "@vexil/config/config";
import type { Repository } from "@vexil/git/repository-view";
import type { Clock } from "../../model/clock.js";
import type { SyncEvent } from "../../model/events.js";
import type { CommitStyle } from "../commit-style.js";
import type { RemoteSync } from "../fetch/remote-sync.js";
import { seedBackend } from "../fetch/seed-branch.js";
import { headRef } from "../ref-names.js";
import type { StepContext } from "../step-context.js";
import type { StorageEvents } from "../storage-events.js";
import type { Rebuilder } from "./rebuilder.js";

/** Serves what a storage's backend holds when it is opened. */
export class StateOpening {
  readonly #config: StorageConfig;
  readonly #repository: Repository;
  readonly #style: CommitStyle;
  readonly #clock: Clock;
  readonly #sync: Pick<RemoteSync, "canServe"> | undefined;
  readonly #rebuilder: Rebuilder;
  readonly #events: StorageEvents;

  /** @param sync undefined: there is no remote */
  constructor(
    config: StorageConfig,
    repository: Repository,
    style: CommitStyle,
    clock: Clock,
    sync: Pick<RemoteSync, "canServe"> | undefined,
    rebuilder: Rebuilder,
    events: StorageEvents,
  ) {
    this.#config = config;
    this.#repository = repository;
    this.#style = style;
    this.#clock = clock;
    this.#sync = sync;
    this.#rebuilder = rebuilder;
    this.#events = events;
  }

  /** A backend that holds nothing, and has no remote to get it from, is given a first commit. */
  async open(context: StepContext): Promise<readonly SyncEvent[]> {
    const head = await this.#repository.head(headRef(this.#config.branch));
    if (head !== undefined) {
      // An earlier run with other environments may have left out what is read now: the first poll brings it.
      if ((await this.#sync?.canServe(head, context.signal)) === false) return [];
      return this.#rebuilder.rebuild(context);
    }
    if (this.#sync !== undefined) return [];
    const { instance } = this.#style;
    const seeding = { config: this.#config, clock: this.#clock, repository: this.#repository, instance };
    const seeded = await seedBackend(seeding, context.signal);
    const first = seeded === undefined ? [] : [this.#events.seeded(context, seeded, false)];
    return [...first, ...(await this.#rebuilder.rebuild(context))];
  }
}
