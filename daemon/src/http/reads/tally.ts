/** Upper bounds of the latency buckets, in milliseconds. */
export const LATENCY_BUCKETS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000] as const;

/** Series beyond this many are not kept: what clients send must not grow memory for ever. */
const MAX_SERIES = 50_000;

export interface LatencyData {
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

/** Parts of a series' name: the metric, then its label values in order. */
const SEPARATOR = "\u0000";

export function series(metric: string, ...labels: readonly string[]): string {
  return labels.length === 0 ? metric : `${metric}${SEPARATOR}${labels.join(SEPARATOR)}`;
}

export function seriesParts(name: string): readonly string[] {
  return name.split(SEPARATOR);
}

/** Counts on the hot path: one map look-up for each event; metrics are made from it when somebody asks for them. */
export class Tally {
  readonly #counts = new Map<string, Cell>();
  readonly #dropped: Cell = { value: 0 };
  readonly #latencies = new Map<string, { buckets: number[]; count: number; sum: number }>();

  /** The counter of a series, to be kept by whoever counts it often. */
  cell(name: string): Cell {
    let cell = this.#counts.get(name);
    if (cell === undefined) {
      if (this.#counts.size >= MAX_SERIES) return this.#dropped;
      cell = { value: 0 };
      this.#counts.set(name, cell);
    }
    return cell;
  }

  count(name: string, by = 1): void {
    this.cell(name).value += by;
  }

  /** @param times how often it took this long */
  observe(name: string, milliseconds: number, times = 1): void {
    let latency = this.#latencies.get(name);
    if (latency === undefined) {
      if (this.#latencies.size >= MAX_SERIES) return;
      latency = { buckets: new Array<number>(LATENCY_BUCKETS_MS.length).fill(0), count: 0, sum: 0 };
      this.#latencies.set(name, latency);
    }
    latency.count += times;
    latency.sum += milliseconds * times;
    for (let index = LATENCY_BUCKETS_MS.length - 1; index >= 0; index--) {
      if (milliseconds > (LATENCY_BUCKETS_MS[index] as number)) break;
      latency.buckets[index] = (latency.buckets[index] ?? 0) + times;
    }
  }

  data(): TallyData {
    return { counts: new Map([...this.#counts].map(([name, { value }]) => [name, value])), latencies: this.#latencies };
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
