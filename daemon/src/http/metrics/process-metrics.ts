import { collectDefaultMetrics, Registry } from "prom-client";
import type { MetricFamily } from "./exposition.js";

/** Metrics of this process and of its Node, counted from when this was made. */
export class ProcessMetrics {
  readonly #registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** @param worker the process's label */
  async families(worker: string): Promise<readonly MetricFamily[]> {
    const metrics = await this.#registry.getMetricsAsJSON();
    return metrics.map(({ name, help, type, values }) => ({
      name,
      help,
      type: String(type) as MetricFamily["type"],
      samples: values.map((sample) => ({
        metricName: "metricName" in sample ? String(sample.metricName) : name,
        labels: { ...(sample.labels as Readonly<Record<string, string | number>>), worker },
        value: sample.value,
      })),
    }));
  }
}
