import type { Metrics } from "../metrics/registry.js";
import type { Route } from "../route.js";

/** Prometheus metrics; open, and for any method (`http-api.md` §1.4, §1.6). */
export function metricsRoute(metrics: () => Promise<Metrics>): Route {
  return {
    method: "GET",
    path: "/metrics",
    summary: "Prometheus metrics.",
    access: "open",
    anyMethod: true,
    rawBody: true,
    answers: { 200: { description: "Prometheus text format.", contents: [{ type: "text/plain" }] } },
    handle: async () => {
      const { text, contentType } = await metrics();
      return { status: 200, text: await text(), contentType };
    },
  };
}
