import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { CompiledFlag } from "@vexil/flags/compile/snapshot";
import { VexilError } from "@vexil/plugin-api/errors";
import { environmentHeader, requestEnvironment } from "../request-environment.js";
import { evaluationRequest } from "./evaluation-request.js";
import { isAscii, type Json, timingJson } from "./outcome.js";
import type { ReadServices } from "./read-services.js";

/**
 * `POST /evaluate/v1/boolean` and `/variant` (`http-api.md` §2).
 * @throws VexilError
 */
export function evaluateOne(
  services: ReadServices,
  type: CompiledFlag["type"],
  body: unknown,
  headers: IncomingHttpHeaders,
): Json {
  const started = performance.now();
  const request = evaluationRequest(body);
  const header = environmentHeader(headers);
  const candidate = request.environmentKey === "" ? (header ?? "default") : request.environmentKey;
  const environment = requestEnvironment(services.snapshots, candidate, header);
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
