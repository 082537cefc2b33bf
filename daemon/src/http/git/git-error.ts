import type { IncomingMessage, ServerResponse } from "node:http";
import type { VexilError } from "@vexil/plugin-api/errors";
import { errorStatus, retryHeaders } from "../error-response.js";
import { sendText } from "../send-answer.js";

/**
 * Answers with an error as git clients print it.
 * @returns the answer's status
 */
export function sendGitError(request: IncomingMessage, response: ServerResponse, error: VexilError): number {
  const { status } = errorStatus(error);
  // They ask their users for a password where this is said.
  const challenge = status === 401 ? { "WWW-Authenticate": 'Basic realm="Vexil", charset="UTF-8"' } : {};
  const headers = { ...challenge, ...retryHeaders(error) };
  sendText(request, response, status, "text/plain; charset=utf-8", `${error.message}\n`, headers);
  return status;
}
