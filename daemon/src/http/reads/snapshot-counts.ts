import { type Cell, type Latency, series, type Tally } from "./tally.js";

/** Counts of the requests for one namespace's snapshot. */
export interface NamespaceCounts {
  readonly requests: Cell;
  readonly latency: Latency;
}

/** The counters of snapshot requests, found without making their names anew for each. */
export class SnapshotCounts {
  readonly #tally: Tally;
  readonly #byEnvironment = new Map<string, Map<string, NamespaceCounts>>();

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** Of a place that is no more. */
  forget(environment: string, namespace?: string): void {
    if (namespace === undefined) this.#byEnvironment.delete(environment);
    else this.#byEnvironment.get(environment)?.delete(namespace);
  }

  /** Of a namespace that exists. */
  of(environment: string, namespace: string): NamespaceCounts {
    let byNamespace = this.#byEnvironment.get(environment);
    if (byNamespace === undefined) {
      byNamespace = new Map();
      this.#byEnvironment.set(environment, byNamespace);
    }
    let counts = byNamespace.get(namespace);
    if (counts === undefined) {
      counts = {
        requests: this.#tally.cell(series("snapshot_requests", environment, namespace)),
        latency: this.#tally.latency(series("snapshot_latency", environment)),
      };
      byNamespace.set(namespace, counts);
    }
    return counts;
  }
}
