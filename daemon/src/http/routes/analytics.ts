import type { Config } from "@vexil/config/config";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { type EvaluationSeries, thinned } from "../../analytics/evaluation-series.js";
import { ownSeries } from "../../analytics/own-series.js";
import { prometheusSeries } from "../../analytics/prometheus-series.js";
import { type TimeRange, timeRange } from "../../analytics/time-range.js";
import type { UsageReader } from "../../usage/usage-reader.js";
import { managedEnvironment } from "../management/managed-environment.js";
import { fieldError } from "../query-values.js";
import { messageSchema } from "../request-schemas.js";
import { param, type Route, type RouteRequest } from "../route.js";

const NAMESPACE = "/internal/v2/analytics/environments/{environment}/namespaces/{namespace}";
const MOST_FLAGS = 500;

const seriesSchema = z.object({ timestamps: z.array(z.iso.datetime()), values: z.array(z.number()) });
const batchSchema = z.object({ flagEvaluations: z.record(z.string(), seriesSchema) });
/** Other times of RFC 3339, and `2026-11-30 12:00:00` in UTC, are taken as well. */
const TIME = z
  .string()
  .regex(/^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$/);

export interface AnalyticsOptions {
  readonly config: () => Config;
  readonly snapshots: SnapshotReader;
  readonly usage: UsageReader | undefined;
}

/** How often flags were evaluated, as the compatible system's console asks for it. */
export function analyticsRoutes(options: AnalyticsOptions): readonly Route[] {
  const common = { access: "token", action: "read", errors: [400, 404, 501, 503] } as const;
  return [
    {
      ...common,
      method: "GET",
      path: `${NAMESPACE}/flags/{key}`,
      summary: "How often a flag was evaluated, step by step.",
      query: {
        from: { description: "Beginning.", schema: TIME, required: true },
        to: { description: "End.", schema: TIME, required: true },
      },
      answers: { 200: { description: "Counts by step; zeros for a flag that there is not.", schema: seriesSchema } },
      handle: async (request) => {
        const key = param(request, "key");
        const range = timeRange(request.query.get("from") ?? "", request.query.get("to") ?? "");
        return { status: 200, body: (await series(options, request, [key], range)).get(key) };
      },
    },
    {
      ...common,
      method: "POST",
      path: `${NAMESPACE}/batch`,
      summary: "How often some flags were evaluated, step by step.",
      body: messageSchema({ flagKeys: z.array(z.string()).max(MOST_FLAGS), limit: z.int() }, { from: TIME, to: TIME }),
      answers: { 200: { description: "Counts by flag and step.", schema: batchSchema } },
      handle: async (request) => {
        const { message } = request;
        const keys = [...new Set(message.strings("flagKeys"))];
        if (keys.length > MOST_FLAGS) {
          throw new VexilError(
            "VEXIL_VALIDATION_ITEMS",
            `${keys.length} flags are asked for; ${MOST_FLAGS} are the most`,
          );
        }
        const range = timeRange(message.string("from"), message.string("to"));
        const limit = message.number("limit");
        if (!Number.isInteger(limit)) throw fieldError("limit", String(limit), "a whole number");
        const found = await series(options, request, keys, range);
        const flagEvaluations = Object.fromEntries([...found].map(([key, one]) => [key, thinned(one, limit)]));
        return { status: 200, body: { flagEvaluations } };
      },
    },
  ];
}

async function series(
  { config, snapshots, usage }: AnalyticsOptions,
  request: RouteRequest,
  flags: readonly string[],
  range: TimeRange,
): Promise<ReadonlyMap<string, EvaluationSeries>> {
  const { info } = managedEnvironment(snapshots, request);
  const place = [info.key, param(request, "namespace")] as const;
  const { analytics } = config();
  if (analytics?.prometheus !== undefined) {
    return prometheusSeries(analytics.prometheus, place, flags, range, request.signal);
  }
  return ownSeries(requireUsage(usage), place, flags, range);
}

/** @throws VexilError VEXIL_REFUSED_UNIMPLEMENTED where nothing is counted */
export function requireUsage<T extends Pick<UsageReader, "isCounting">>(usage: T | undefined): T {
  if (usage?.isCounting === true) return usage;
  throw new VexilError("VEXIL_REFUSED_UNIMPLEMENTED", "evaluations are not counted: analytics.enabled is false");
}
