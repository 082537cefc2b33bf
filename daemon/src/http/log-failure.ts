import type { IncomingMessage } from "node:http";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import type { VexilError } from "@vexil/plugin-api/errors";
import { idFields, type RequestIds } from "../request-ids.js";

/**
 * Logs a request that met a defect, and nothing else: what a client did wrong is in its answer, what a storage did is
 * logged by that storage's events.
 * @returns whether it was a defect
 */
export function logFailure(logger: Logger, error: VexilError, request: IncomingMessage, ids: RequestIds): boolean {
  if (error.kind !== "internal" || error.code === "VEXIL_INTERNAL_CANCELLED") return false;
  const { cause } = error;
  logEvent(logger, "http.failed", {
    method: request.method,
    path: request.url?.split("?")[0],
    code: error.code,
    reason: cause instanceof Error ? cause.message : error.message,
    stack: cause instanceof Error ? cause.stack : error.stack,
    ...idFields(ids),
  });
  return true;
}
