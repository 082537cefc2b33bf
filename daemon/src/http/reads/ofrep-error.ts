import type { VexilError } from "@vexil/core";
import { errorStatus } from "../error-response.js";
import { answerJson, type Exchange, loggedError } from "./exchange.js";
import type { ReadServices } from "./read-services.js";

const ERROR_CODES: Readonly<Record<number, string>> = { 400: "INVALID_CONTEXT", 404: "FLAG_NOT_FOUND" };

/** The body of an OFREP failure (`http-api.md` §5). `details.key` of an error names the flag it is about. */
export function ofrepErrorJson(error: VexilError): string {
  const { key } = error.details;
  return `${JSON.stringify({
    ...(typeof key === "string" ? { key } : {}),
    errorCode: ERROR_CODES[errorStatus(error).status] ?? "GENERAL",
    errorDetails: error.message,
  })}\n`;
}

export function answerOfrepError(services: ReadServices, exchange: Exchange, thrown: unknown): void {
  const error = loggedError(services, exchange.request, thrown);
  if (error.code === "VEXIL_VALIDATION_BODY_SIZE") exchange.response.setHeader("Connection", "close");
  answerJson(exchange, errorStatus(error).status, ofrepErrorJson(error));
}
