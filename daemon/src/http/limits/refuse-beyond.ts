import type { IncomingMessage, ServerResponse } from "node:http";
import type { Gate } from "../../access/gate.js";
import { errorStatus } from "../error-response.js";
import { countRequest } from "../reads/route-counts.js";
import type { Tally } from "../reads/tally.js";
import { sendProblem } from "../send-problem.js";
import type { ClientLimits } from "./client-limits.js";
import { countRefusal } from "./count-refusal.js";

/**
 * Refuses a request of a client that has too many connections or sends too many requests a second.
 * @returns whether it was refused
 */
export function refuseBeyond(
  limits: ClientLimits,
  gate: Gate,
  tally: Tally,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const error = limits.refusal(request, gate);
  if (error === undefined) return false;
  countRefusal(tally, error);
  countRequest(tally, "", request.method ?? "", errorStatus(error).status);
  if (error.code === "VEXIL_OVERLOADED_CONNECTIONS") response.setHeader("Connection", "close");
  sendProblem(request, response, error);
  return true;
}
