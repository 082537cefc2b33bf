import type { VexilError } from "@vexil/plugin-api/errors";
import { errorStatus, retryHeaders } from "../error-response.js";
import { requestTarget } from "../request-target.js";
import { answerJson, type HotRequest, loggedError } from "./hot-request.js";
import type { ReadServices } from "./read-services.js";

const ERROR_CODES: Readonly<Record<number, string>> = { 400: "INVALID_CONTEXT", 404: "FLAG_NOT_FOUND" };

/**
 * The body of an OFREP failure. It names the flag that the error is about, or else the one that the
 * request asked for: providers take an error without it for a malformed answer.
 * @param url of the request
 */
export function ofrepErrorJson(error: VexilError, url: string): string {
  const { key = askedFor(url) } = error.details;
  return `${JSON.stringify({
    ...(typeof key === "string" ? { key } : {}),
    errorCode: ERROR_CODES[errorStatus(error).status] ?? "GENERAL",
    errorDetails: error.message,
  })}\n`;
}

function askedFor(url: string): string | undefined {
  const [family, version, verb, flags, key, ...rest] = requestTarget(url)?.segments ?? [];
  const isSingle = family === "ofrep" && version === "v1" && verb === "evaluate" && flags === "flags";
  return isSingle && key !== "" && rest.length === 0 ? key : undefined;
}

export function answerOfrepError(services: ReadServices, hot: HotRequest, thrown: unknown): void {
  const error = loggedError(services, hot.request, thrown);
  const json = ofrepErrorJson(error, hot.request.url ?? "/");
  answerJson(hot, errorStatus(error).status, json, retryHeaders(error));
}
