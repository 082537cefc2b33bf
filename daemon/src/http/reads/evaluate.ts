import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import type { Caller } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { environmentHeader } from "../request-environment.js";
import { judgedEnvironment } from "../rights/judged-environment.js";
import { type EvaluationRequest, evaluationRequest } from "./evaluation-request.js";
import { isAscii, type Json, timingJson } from "./outcome.js";
import type { ReadServices } from "./read-services.js";
import type { ReadEnvironment } from "./read-snapshots.js";

/**
 * `POST /evaluate/v1/boolean` and `/variant`. Synchronous unless it is not known yet whether the
 * caller may.
 * @throws VexilError
 */
export function evaluateOne(
  services: ReadServices,
  type: CompiledFlag["type"],
  body: unknown,
  headers: IncomingHttpHeaders,
  caller: Caller | undefined,
): Json | Promise<Json> {
  const started = performance.now();
  const request = evaluationRequest(body);
  const candidate = request.environmentKey === "" ? (environmentHeader(headers) ?? "default") : request.environmentKey;
  const namespace = request.namespaceKey === "" ? "default" : request.namespaceKey;
  const environment = judgedEnvironment(services, caller, candidate, headers, namespace);
  if (environment instanceof Promise)
    return services.later(() => evaluateLater(services, type, request, environment, started));
  return evaluateIn(services, type, request, environment, started);
}

async function evaluateLater(
  services: ReadServices,
  type: CompiledFlag["type"],
  request: EvaluationRequest,
  environment: Promise<ReadEnvironment>,
  started: number,
): Promise<Json> {
  return evaluateIn(services, type, request, await environment, started);
}

function evaluateIn(
  services: ReadServices,
  type: CompiledFlag["type"],
  request: EvaluationRequest,
  environment: ReadEnvironment,
  started: number,
): Json {
  const namespace = request.namespaceKey === "" ? "default" : request.namespaceKey;
  const [place, evaluated] = services.evaluations.flag(environment, namespace, request.flagKey);
  if (evaluated.flag.type !== type) {
    evaluated.countError();
    throw new VexilError("VEXIL_VALIDATION_REQUEST", `flag type ${evaluated.flag.type} invalid`);
  }
  const outcome = evaluated.evaluate(request.entityId, request.context);
  const durationMs = performance.now() - started;
  place.observe(durationMs);
  const given = request.requestId;
  const text = outcome.json(given === "" ? randomUUID() : given, timingJson(durationMs));
  return { text, ascii: outcome.ascii && (given === "" || isAscii(given)) };
}
