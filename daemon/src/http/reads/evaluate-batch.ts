import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { setImmediate as turn } from "node:timers/promises";
import type { CompiledFlag } from "@vexil/core";
import type { Message } from "../message.js";
import { environmentHeader, requestEnvironment } from "../request-environment.js";
import { countError, countResult } from "./count-evaluation.js";
import { type Evaluated, evaluateBooleanJson, evaluatedJson, evaluateVariantJson } from "./evaluation-json.js";
import { batchRequest, type EvaluationRequest } from "./evaluation-request.js";
import { type EvaluatedNamespace, evaluatedNamespace } from "./find-flag.js";
import type { ReadEnvironment, ReadServices } from "./read-services.js";

/** After this many items other requests get their turn. */
const ITEMS_IN_A_ROW = 2000;

interface Place {
  readonly environment: ReadEnvironment;
  readonly key: string;
  readonly namespace: EvaluatedNamespace | undefined;
}

interface Item {
  readonly type: "BOOLEAN" | "VARIANT";
  readonly evaluated: Evaluated;
  readonly place: Place;
  readonly flag: CompiledFlag;
}

/**
 * `POST /evaluate/v1/batch` (`http-api.md` §2). Environment and namespace are looked up once for all items that name
 * the same. Synchronous unless the batch is huge.
 * @throws VexilError if an environment cannot be resolved
 */
export function evaluateBatch(
  services: ReadServices,
  message: Message,
  headers: IncomingHttpHeaders,
): string | Promise<string> {
  const started = performance.now();
  const batch = batchRequest(message);
  const places = new Map<string, Place>();
  const header = environmentHeader(headers);
  const evaluate = (request: EvaluationRequest): Item | string =>
    evaluateItem(services, request, placeOf(services, places, request, header));
  const finish = (items: readonly (Item | string)[]): string => {
    const durationMs = performance.now() - started;
    return batchJson(services, batch.requestId, items, durationMs);
  };
  if (batch.requests.length <= ITEMS_IN_A_ROW) return finish(batch.requests.map(evaluate));
  return evaluateInTurns(batch.requests, evaluate).then(finish);
}

async function evaluateInTurns<In, Out>(inputs: readonly In[], evaluate: (input: In) => Out): Promise<Out[]> {
  const outputs: Out[] = [];
  for (let start = 0; start < inputs.length; start += ITEMS_IN_A_ROW) {
    outputs.push(...inputs.slice(start, start + ITEMS_IN_A_ROW).map(evaluate));
    await turn();
  }
  return outputs;
}

function placeOf(
  services: ReadServices,
  places: Map<string, Place>,
  request: EvaluationRequest,
  header: string | undefined,
): Place {
  const name = `${request.environmentKey}\u0000${request.namespaceKey}`;
  let place = places.get(name);
  if (place === undefined) {
    const environment = requestEnvironment(services.snapshots, request.environmentKey, header);
    const key = request.namespaceKey === "" ? "default" : request.namespaceKey;
    place = { environment, key, namespace: evaluatedNamespace(environment, key) };
    places.set(name, place);
  }
  return place;
}

/** @returns the item, or the JSON of its error */
function evaluateItem(services: ReadServices, request: EvaluationRequest, place: Place): Item | string {
  const flag = place.namespace?.flags.get(request.flagKey);
  if (flag === undefined) {
    countError(services.tally, place.environment, place.key, undefined);
    return errorJson(request, "NOT_FOUND_ERROR_EVALUATION_REASON");
  }
  try {
    const boolean = flag.type === "BOOLEAN_FLAG_TYPE";
    const evaluated = (boolean ? evaluateBooleanJson : evaluateVariantJson)(flag, request, request.requestId);
    return { type: boolean ? "BOOLEAN" : "VARIANT", evaluated, place, flag };
  } catch {
    countError(services.tally, place.environment, place.key, flag);
    return errorJson(request, "UNKNOWN_ERROR_EVALUATION_REASON");
  }
}

function errorJson({ flagKey, namespaceKey }: EvaluationRequest, reason: string): string {
  const response = JSON.stringify({ flagKey, namespaceKey, reason });
  return `{"type":"ERROR_EVALUATION_RESPONSE_TYPE","errorResponse":${response}}`;
}

function batchJson(
  { tally }: ReadServices,
  requestId: string,
  items: readonly (Item | string)[],
  durationMs: number,
): string {
  const timing = { durationMs, timestamp: new Date().toISOString() };
  const responses = items.map((item) => {
    if (typeof item === "string") return item;
    countResult(tally, item.place.environment.info.key, item.place.key, item.flag, item.evaluated, durationMs);
    const member = item.type === "BOOLEAN" ? "booleanResponse" : "variantResponse";
    return `{"type":"${item.type}_EVALUATION_RESPONSE_TYPE","${member}":${evaluatedJson(item.evaluated, timing)}}`;
  });
  const id = JSON.stringify(requestId === "" ? randomUUID() : requestId);
  return `{"requestId":${id},"responses":[${responses.join(",")}],"requestDurationMillis":${durationMs}}`;
}
