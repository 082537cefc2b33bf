/** Upper bounds of the latency buckets, in milliseconds. */
export const LATENCY_BUCKETS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000] as const;

/** Series beyond this many are not kept: what clients send must not grow memory for ever. */
const MAX_SERIES = 50_000;
/** Room besides for series of which flags that exist decide how many there are. */
const RESERVED_SERIES = 100_000;

export interface LatencyData {
  /** How often it took no longer than each of `LATENCY_BUCKETS_MS`. */
  readonly buckets: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** A counter. */
export interface Cell {
  value: number;
}

/** Everything counted so far, in a form that can be sent to another process. */
export interface TallyData {
  readonly counts: ReadonlyMap<string, number>;
  readonly latencies: ReadonlyMap<string, LatencyData>;
}

/** Metrics whose first labels are an environment and, most of them, a namespace. */
const BY_PLACE: ReadonlySet<string> = new Set([
  "evaluation_errors",
  "evaluation_results",
  "evaluation_latency",
  "past_evaluations",
  "snapshot_requests",
  "snapshot_errors",
  "snapshot_latency",
  "stream_requests",
  "stream_messages",
  "stream_latency",
]);

/** Parts of a series' name: the metric, then its label values in order. */
const SEPARATOR = "\u0000";

export function series(metric: string, ...labels: readonly string[]): string {
  return labels.length === 0 ? metric : `${metric}${SEPARATOR}${labels.join(SEPARATOR)}`;
}

export function seriesParts(name: string): readonly string[] {
  return name.split(SEPARATOR);
}

/** How long something took, each time. */
export class Latency {
  /** How often it fell between two bounds; what took longer than the last is only in `#count`. */
  readonly #between = new Array<number>(LATENCY_BUCKETS_MS.length).fill(0);
  #count = 0;
  #sum = 0;

  /** @param times how often it took this long */
  observe(milliseconds: number, times = 1): void {
    this.#count += times;
    this.#sum += milliseconds * times;
    let index = 0;
    while (milliseconds > (LATENCY_BUCKETS_MS[index] as number)) index += 1;
    if (index < LATENCY_BUCKETS_MS.length) this.#between[index] = (this.#between[index] as number) + times;
  }

  data(): LatencyData {
    let below = 0;
    const buckets = this.#between.map((times) => {
      below += times;
      return below;
    });
    return { buckets, count: this.#count, sum: this.#sum };
  }
}

/** Counts on the hot path: one map look-up for each event; metrics are made from it when somebody asks for them. */
export class Tally {
  readonly #counts = new Map<string, Cell>();
  readonly #dropped: Cell = { value: 0 };
  readonly #latencies = new Map<string, Latency>();
  readonly #droppedLatency = new Latency();
  #refused = 0;

  /**
   * The counter of a series, to be kept by whoever counts it often.
   * @param coarser the series where there is no room for that one; clients must not decide how many of these there are
   */
  cell(name: string, coarser?: string): Cell {
    const known = this.#counts.get(name);
    if (known !== undefined) return known;
    if (this.#counts.size < MAX_SERIES) return this.#add(name);
    const instead = coarser === undefined ? undefined : this.#counts.get(coarser);
    if (instead !== undefined) return instead;
    if (coarser !== undefined && this.#counts.size < MAX_SERIES + RESERVED_SERIES) return this.#add(coarser);
    this.#refused += 1;
    return this.#dropped;
  }

  /** The counters of a metric, by the names of their series. */
  *cells(metric: string): Generator<readonly [name: string, cell: Cell]> {
    const prefix = metric + SEPARATOR;
    for (const entry of this.#counts) if (entry[0].startsWith(prefix)) yield entry;
  }

  count(name: string, by = 1): void {
    this.cell(name).value += by;
  }

  /** The latencies of a series, to be kept by whoever observes often. */
  latency(name: string): Latency {
    let latency = this.#latencies.get(name);
    if (latency === undefined) {
      if (this.#latencies.size >= MAX_SERIES) {
        this.#refused += 1;
        return this.#droppedLatency;
      }
      latency = new Latency();
      this.#latencies.set(name, latency);
    }
    return latency;
  }

  #add(name: string): Cell {
    const cell = { value: 0 };
    this.#counts.set(name, cell);
    return cell;
  }

  observe(name: string, milliseconds: number): void {
    this.latency(name).observe(milliseconds);
  }

  /**
   * Forgets the series of a place that is no more: an environment, or one of its namespaces. Their names come first
   * among the labels of whatever is counted by place.
   */
  forget(environment: string, namespace?: string): void {
    const prefix = namespace === undefined ? `${environment}${SEPARATOR}` : series(environment, namespace) + SEPARATOR;
    for (const known of [this.#counts, this.#latencies]) {
      for (const name of known.keys()) {
        const start = name.indexOf(SEPARATOR) + 1;
        const isPlaced = BY_PLACE.has(name.slice(0, start - 1));
        if (isPlaced && `${name}${SEPARATOR}`.startsWith(prefix, start)) known.delete(name);
      }
    }
  }

  data(): TallyData {
    return {
      counts: new Map([
        ...[...this.#counts].map(([name, { value }]) => [name, value] as const),
        ...(this.#refused === 0 ? [] : [["series_dropped", this.#refused] as const]),
      ]),
      latencies: new Map([...this.#latencies].map(([name, latency]) => [name, latency.data()])),
    };
  }
}

/** The sum of what several processes counted. */
export function mergeTallies(parts: readonly TallyData[]): TallyData {
  const counts = new Map<string, number>();
  const latencies = new Map<string, LatencyData>();
  for (const part of parts) {
    for (const [name, value] of part.counts) counts.set(name, (counts.get(name) ?? 0) + value);
    for (const [name, value] of part.latencies) {
      const sum = latencies.get(name);
      latencies.set(name, sum === undefined ? value : addLatency(sum, value));
    }
  }
  return { counts, latencies };
}

function addLatency(a: LatencyData, b: LatencyData): LatencyData {
  return {
    buckets: a.buckets.map((value, index) => value + (b.buckets[index] ?? 0)),
    count: a.count + b.count,
    sum: a.sum + b.sum,
  };
}
