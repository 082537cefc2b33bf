import { boolean, duration, later, path, secretText, text, unitHint } from "@vexil/plugin-api/settings";
import { z } from "zod";
import type { AnalyticsConfig } from "../analytics-config.js";
import type { BuildContext } from "../build-context.js";
import { configError } from "../config-error.js";

const HOUR_MS = 3_600_000;
/** Counts of so long a time fit into memory whatever is evaluated. */
const LONGEST_MS = 8760 * HOUR_MS;
const SHORTEST_FLUSH_MS = 10_000;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const prometheus = z
  .object({
    enabled: boolean().prefault(false),
    url: text().prefault("").describe("Of the server that scrapes /metrics: http://127.0.0.1:9090."),
    headers: z.record(z.string(), secretText()).prefault({}).describe("Sent with each request to it."),
  })
  .prefault({})
  .describe("Answers of the analytics endpoints come from it instead of from the daemon's own counts.");

/** `analytics`: how often flags are evaluated. */
export const analytics = z
  .object({
    enabled: boolean().prefault(true).describe("Count evaluations by environment, namespace, flag and answer."),
    retention: duration().prefault("720h").describe("Counts are kept for so long, by hours."),
    path: path().optional().describe("Directory for them (else the state directory)."),
    storage: z
      .object({ clickhouse: later("Counts are kept by the daemon itself, or asked of Prometheus."), prometheus })
      .prefault({}),
    buffer: z
      .object({ flush_period: duration().prefault("10s").describe("How often counts are written to the disk.") })
      .prefault({}),
  })
  .prefault({});

type AnalyticsSection = z.output<typeof analytics>;

/** @throws VexilError VEXIL_VALIDATION_CONFIG */
export function checkAnalytics({ retention, storage, buffer }: AnalyticsSection): void {
  const fail = (at: string, message: string): Error =>
    configError(`analytics.${at}: ${message}`, undefined, ["analytics", ...at.split(".")]);
  if (retention < HOUR_MS || retention > LONGEST_MS) {
    throw fail("retention", `it is not between 1h and 8760h${unitHint(retention)}`);
  }
  const { flush_period: flush } = buffer;
  if (flush < SHORTEST_FLUSH_MS || flush > HOUR_MS) {
    throw fail("buffer.flush_period", `it is not between 10s and 1h${unitHint(flush)}`);
  }
  const { enabled, url, headers } = storage.prometheus;
  if (!enabled) return;
  if (url === "") throw fail("storage.prometheus.url", "non-empty value is required");
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw fail("storage.prometheus.url", "it is no http or https URL");
  }
  const { username, password } = new URL(url);
  if (username !== "" || password !== "") {
    throw fail("storage.prometheus.url", "give user and password by headers: authorization, not in the URL");
  }
  const bad = Object.keys(headers).find((name) => !HEADER_NAME.test(name));
  if (bad !== undefined) throw fail("storage.prometheus.headers", `${JSON.stringify(bad)} is no name of a header`);
}

export function analyticsConfig(
  { enabled, retention, path: directory, storage, buffer }: AnalyticsSection,
  { resolvePath }: Pick<BuildContext, "resolvePath">,
): AnalyticsConfig | undefined {
  const { enabled: isAsked, url, headers } = storage.prometheus;
  if (!enabled && !isAsked) return undefined;
  return {
    counts: enabled,
    retentionMs: retention,
    path: directory === undefined ? undefined : resolvePath(directory),
    flushMs: buffer.flush_period,
    prometheus: isAsked ? { url, headers } : undefined,
  };
}
