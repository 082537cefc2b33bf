import type { MetricFamily, Sample } from "./exposition.js";

/** A metric as it is declared. */
export interface MetricEntry {
  readonly type: MetricFamily["type"];
  /** Names of the labels that each of its samples has; a histogram's buckets have `le` besides. */
  readonly labels: readonly string[];
  /** Its HELP, one sentence. */
  readonly help: string;
}

/** A value, and what its labels say. */
export type Value = readonly [value: number, labels?: Sample["labels"]];

/** The family of one entry with these values. */
export function family(name: string, { type, help }: MetricEntry, values: readonly Value[]): MetricFamily {
  return { name, help, type, samples: values.map(([value, labels = {}]) => ({ metricName: name, labels, value })) };
}

/** Families of all entries of a catalogue, whose values the compiler demands. */
export function families<Name extends string>(
  entries: Readonly<Record<Name, MetricEntry>>,
  values: Readonly<Record<Name, readonly Value[]>>,
): readonly MetricFamily[] {
  return (Object.keys(entries) as Name[]).map((name) => family(name, entries[name], values[name]));
}
