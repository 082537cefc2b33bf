import { z } from "zod";
import type { RouteDescription } from "../route.js";

const serving = { description: "Serving.", schema: z.object({ status: z.literal("SERVING") }) };

const probe = (path: string, summary: string): RouteDescription => ({
  method: "GET",
  path,
  summary,
  access: "open",
  action: "none",
  answers: { 200: serving },
});

/** Probes, for the description and for telling wrong methods: whoever accepts the connection answers them. */
export const healthRoutes: readonly RouteDescription[] = [
  probe("/health", "Whether no storage has failed."),
  probe("/health/live", "Whether the process answers."),
  probe("/health/ready", "Whether every storage has a snapshot to serve."),
];
