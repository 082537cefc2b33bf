import type { Config, StorageConfig } from "@vexil/config/config";
import type { Gate } from "../../access/gate.js";
import type { Metrics } from "../metrics/create-metrics.js";
import type { Route } from "../route.js";

export interface MetricsOptions {
  readonly metrics: Metrics;
  readonly gate: Gate;
  readonly config: () => Config;
}

/** Prometheus metrics; open unless the configuration says otherwise, and for any method. */
export function metricsRoute({ metrics, gate, config }: MetricsOptions): Route {
  return {
    method: "GET",
    path: "/metrics",
    summary: "Prometheus metrics.",
    access: "metrics",
    action: "none",
    anyMethod: true,
    rawBody: true,
    answers: { 200: { description: "Prometheus text format.", contents: [{ type: "text/plain" }] } },
    handle: async ({ headers }) => {
      const { contentType } = metrics;
      const all = await metrics.text();
      const isShown = await gate.isTrusted(headers);
      return { status: 200, text: isShown ? all : withoutRemotes(all, config().storages.values()), contentType };
    },
  };
}

/** With the id of its storage in the place of each remote's URL. A quote within another label's value is escaped. */
function withoutRemotes(text: string, storages: Iterable<StorageConfig>): string {
  const known = [...storages];
  return text.replace(/(?<=[{,]remote=")(?:[^"\\\n]|\\.)+(?=")/g, (remote) => {
    return known.find((storage) => storage.remote === remote)?.id ?? "";
  });
}
