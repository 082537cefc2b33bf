import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { shownUsage, usageSchema } from "../../usage/shown-usage.js";
import type { UsageReader } from "../../usage/usage-reader.js";
import { managedSnapshot } from "../management/managed-environment.js";
import { fieldError, queryInteger } from "../query-values.js";
import { param, type Route } from "../route.js";
import { requireUsage } from "./analytics.js";

const DAYS = 30;
const MOST_DAYS = 999;

/** How the flags of a namespace are used: for lists of flags, and for whoever tidies up. */
export function usageRoute(snapshots: SnapshotReader, usage: UsageReader | undefined): Route {
  return {
    method: "GET",
    path: "/api/v2/environments/{environment}/namespaces/{namespace}/usage",
    summary: "How often each flag of a namespace was evaluated, when last, with which answers, and what is stale.",
    access: "token",
    action: "read",
    query: {
      days: {
        description: `Days to count, and after which a flag is stale: ${DAYS}, at most ${MOST_DAYS}.`,
        schema: z.string().regex(/^[0-9]{0,3}$/),
      },
    },
    errors: [400, 404, 501],
    answers: { 200: { description: "Each flag, sorted by key.", schema: usageSchema } },
    handle: async (request) => {
      const days = queryInteger(request, "days") || DAYS;
      if (days < 0 || days > MOST_DAYS) throw fieldError("days", String(days), `a number of days up to ${MOST_DAYS}`);
      const { environment, namespaces } = managedSnapshot(snapshots, request);
      const key = param(request, "namespace");
      const namespace = namespaces.get(key);
      if (namespace === undefined) throw new VexilError("VEXIL_NOT_FOUND", `namespace "${key}" not found`);
      const counted = requireUsage(usage);
      await counted.settle();
      return { status: 200, body: shownUsage(counted, environment, namespace, days) };
    },
  };
}
