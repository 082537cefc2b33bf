import type { IncomingMessage, ServerResponse } from "node:http";
import type { VexilError } from "@vexil/plugin-api/errors";
import { errorBody, errorHeaders, errorStatus, retryHeaders } from "./error-response.js";
import { sendGitError } from "./git/git-error.js";
import { ofrepErrorJson } from "./reads/ofrep-error.js";
import { sendStreamError } from "./reads/stream.js";
import { isGitPath, requestTarget } from "./request-target.js";
import { sendJson } from "./send-answer.js";

/** Answers a request that no handler has taken, in the form of its family. */
export function sendProblem(request: IncomingMessage, response: ServerResponse, error: VexilError): void {
  const { status } = errorStatus(error);
  const { url = "/" } = request;
  const segments = requestTarget(url)?.segments ?? [];
  const isOfrep = segments[0] === "ofrep";
  if (isGitPath(`/${segments.join("/")}`)) sendGitError(request, response, error);
  else if (isOfrep && segments[2] === "_stream" && segments[5] === "events")
    sendStreamError(request, response, error, true);
  else if (segments[0] === "client" && segments[6] === "stream")
    sendStreamError(request, response, error, request.headers.accept === "text/event-stream");
  else if (isOfrep) sendJson(request, response, status, ofrepErrorJson(error, url), retryHeaders(error));
  else sendJson(request, response, status, JSON.stringify(errorBody(error)), errorHeaders(error));
}
