import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { CompiledFlag } from "@vexil/core";
import { VexilError } from "@vexil/core/serving";
import type { Message } from "../message.js";
import { environmentHeader, requestEnvironment } from "../request-environment.js";
import { countError, countResult } from "./count-evaluation.js";
import { evaluateBooleanJson, evaluatedJson, evaluateVariantJson } from "./evaluation-json.js";
import { type EvaluationRequest, evaluationRequest } from "./evaluation-request.js";
import { findFlag } from "./find-flag.js";
import type { ReadEnvironment, ReadServices } from "./read-services.js";

/**
 * `POST /evaluate/v1/boolean` and `/variant` (`http-api.md` §2).
 * @returns the answer's JSON
 * @throws VexilError
 */
export function evaluateOne(
  services: ReadServices,
  type: CompiledFlag["type"],
  message: Message,
  headers: IncomingHttpHeaders,
): string {
  const started = performance.now();
  const request = evaluationRequest(message);
  const header = environmentHeader(headers);
  const candidate = request.environmentKey === "" ? (header ?? "default") : request.environmentKey;
  const environment = requestEnvironment(services.snapshots, candidate, header);
  const namespace = request.namespaceKey === "" ? "default" : request.namespaceKey;
  const flag = flagOfType(services, environment, namespace, request, type);
  const requestId = request.requestId === "" ? randomUUID() : request.requestId;
  const evaluate = type === "BOOLEAN_FLAG_TYPE" ? evaluateBooleanJson : evaluateVariantJson;
  const evaluated = evaluate(flag, request, requestId);
  const durationMs = performance.now() - started;
  countResult(services.tally, environment.info.key, namespace, flag, evaluated, durationMs);
  return evaluatedJson(evaluated, { durationMs, timestamp: new Date().toISOString() });
}

function flagOfType(
  { tally }: ReadServices,
  environment: ReadEnvironment,
  namespace: string,
  request: EvaluationRequest,
  type: CompiledFlag["type"],
): CompiledFlag {
  let flag: CompiledFlag;
  try {
    flag = findFlag(environment, namespace, request.flagKey);
  } catch (error) {
    countError(tally, environment, namespace, undefined);
    throw error;
  }
  if (flag.type === type) return flag;
  countError(tally, environment, namespace, flag);
  throw new VexilError("VEXIL_VALIDATION_REQUEST", `flag type ${flag.type} invalid`);
}
