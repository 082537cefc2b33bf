import type { IncomingMessage, ServerResponse } from "node:http";
import type { VexilError } from "@vexil/core";
import { errorBody, errorHeaders, errorStatus } from "./error-response.js";
import { ofrepErrorJson } from "./reads/ofrep-error.js";
import { requestTarget } from "./request-target.js";
import { sendJson } from "./send-answer.js";

/** Answers a request that no handler has taken, in the form of its family. */
export function sendProblem(request: IncomingMessage, response: ServerResponse, error: VexilError): void {
  const { status } = errorStatus(error);
  const { url = "/" } = request;
  const isOfrep = requestTarget(url)?.segments[0] === "ofrep";
  if (isOfrep) sendJson(request, response, status, ofrepErrorJson(error, url));
  else sendJson(request, response, status, JSON.stringify(errorBody(error)), errorHeaders(error));
}
