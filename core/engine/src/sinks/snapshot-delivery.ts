import type { SinkConfig } from "@vexil/config/config";
import type { SinkSnapshot } from "@vexil/plugin-api";
import type { Clock } from "../model/clock.js";
import { delay } from "../model/deadlines.js";
import type { SnapshotReader } from "../model/snapshot-reader.js";
import type { StatusReader } from "../model/storage-status.js";
import { fits } from "./event-filter.js";
import type { SinkAccount } from "./sink-account.js";
import type { SinkTarget } from "./sink-target.js";

/** Branches are found one after the other: environments that a storage has not named by then are gone. */
const SETTLE_MS = 5_000;

/** Parts of the delivery of snapshots to one sink. */
export interface SnapshotDeliveryParts {
  readonly config: Pick<SinkConfig, "filter">;
  readonly snapshots: Pick<SnapshotReader, "all" | "get" | "generation">;
  readonly status: Pick<StatusReader, "summaries">;
  /** This daemon is the one that delivers what happens in a storage. */
  readonly isHeld: (storage: string) => boolean;
  readonly target: Pick<SinkTarget, "bring">;
  readonly account: Pick<SinkAccount, "waits">;
  readonly clock: Clock;
}

/** Brings a sink what environments serve. Older states than the newest are of no use there, so that nothing is kept. */
export class SnapshotDelivery {
  readonly #parts: SnapshotDeliveryParts;
  /** As of which all was told which environments there are. */
  #told = -1;

  constructor(parts: SnapshotDeliveryParts) {
    this.#parts = parts;
  }

  isWanted(environment: string): boolean {
    return fits(this.#parts.config.filter.environments, environment);
  }

  /** Environments have come or gone since they were told. */
  get isStale(): boolean {
    return this.#told !== this.#parts.snapshots.generation;
  }

  /** Brings what is served of an environment by the time that it is taken. */
  async publish(environment: string, signal: AbortSignal): Promise<void> {
    const { target, account } = this.#parts;
    if (this.#state(environment) === undefined) return;
    const what = `snapshot ${environment}`;
    account.waits(what, 1);
    try {
      await target.bring(async (sink, options) => {
        const state = this.#state(environment);
        if (state === undefined) return undefined;
        await sink.publish?.(state, options);
        return { environment, revision: state.revision };
      }, signal);
    } finally {
      account.waits(what, 0);
    }
  }

  /** Tells which environments there are, once that is known of all storages. */
  async retain(signal: AbortSignal): Promise<void> {
    const { target, clock, snapshots, status, isHeld } = this.#parts;
    await delay(clock, SETTLE_MS, signal);
    await target.bring(async (sink, options) => {
      const { generation } = snapshots;
      const known = status.summaries().every(({ id, hasSnapshot }) => hasSnapshot && isHeld(id));
      if (!known || generation === this.#told) return undefined;
      const keys = snapshots.all().map(({ info }) => info.key);
      await sink.retain?.(keys.filter((key) => this.isWanted(key)).sort(), options);
      this.#told = generation;
      return undefined;
    }, signal);
  }

  #state(environment: string): SinkSnapshot | undefined {
    const { snapshots, config, isHeld } = this.#parts;
    const { info, snapshot } = snapshots.get(environment) ?? {};
    if (info === undefined || snapshot === undefined || !isHeld(info.storage)) return undefined;
    const { storage, base } = info;
    const wanted = [...snapshot.namespaces.values()].filter(({ key }) => fits(config.filter.namespaces, key));
    const namespaces = wanted.map(({ key, digest, clientJson: json }) => ({ key, digest, json }));
    // A branch copies its base's.
    const isDefault = info.default && base === undefined;
    return { storage, environment, default: isDefault, revision: snapshot.revision, namespaces };
  }
}
