import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { metadataReasons, type StaleReason, usageReasons } from "./stale-flag.js";
import type { UsageReader } from "./usage-reader.js";

const DAYS = 30;
/** Staleness is a matter of days: whoever scrapes every second need not have it looked for each time. */
const KEPT_MS = 30_000;

export type StaleCount = readonly [environment: string, namespace: string, reason: StaleReason, count: number];

/** How many flags of each namespace are stale, by reason. */
export class StaleCounts {
  readonly #snapshots: SnapshotReader;
  readonly #usage: UsageReader;
  #counts: readonly StaleCount[] = [];
  #until = Number.NEGATIVE_INFINITY;

  constructor(snapshots: SnapshotReader, usage: UsageReader) {
    this.#snapshots = snapshots;
    this.#usage = usage;
  }

  all(): readonly StaleCount[] {
    if (!this.#usage.isCounting) return [];
    if (performance.now() >= this.#until) {
      this.#counts = [...this.#count()];
      this.#until = performance.now() + KEPT_MS;
    }
    return this.#counts;
  }

  *#count(): Generator<StaleCount> {
    const { now, oldest } = this.#usage;
    for (const { info, snapshot } of this.#snapshots.all()) {
      for (const [namespace, { flags }] of snapshot?.namespaces ?? []) {
        const counts = new Map<StaleReason, number>([
          ["unevaluated", 0],
          ["one-answer", 0],
          ["expired", 0],
        ]);
        for (const flag of flags.values()) {
          const usage = this.#usage.of([info.key, namespace, flag.key]);
          for (const reason of [
            ...usageReasons(flag, usage, { now, oldest, days: DAYS }),
            ...metadataReasons(flag, now),
          ]) {
            const count = counts.get(reason);
            if (count !== undefined) counts.set(reason, count + 1);
          }
        }
        for (const [reason, count] of counts) yield [info.key, namespace, reason, count];
      }
    }
  }
}
