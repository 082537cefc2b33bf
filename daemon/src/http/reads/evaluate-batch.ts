import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Caller } from "@vexil/plugin-api";
import { nextTurn } from "@vexil/plugin-api/time-slice";
import { requestIds } from "../../request-ids.js";
import { answerTooLarge } from "../limits/unread-answers.js";
import { environmentHeader, unknownEnvironment } from "../request-environment.js";
import { type Place, type Places, placeFinder } from "./batch-places.js";
import { type BatchRequest, batchRequest, type EvaluationRequest } from "./evaluation-request.js";
import { isAscii, type Json, type Outcome, timingJson } from "./outcome.js";
import type { ReadServices } from "./read-services.js";

/** The outcome of an item, or a comma and the JSON of its error. */
type Evaluated = Outcome | string;

/** After this many items other requests get their turn. */
const ITEMS_IN_A_ROW = 2000;

/**
 * `POST /evaluate/v1/batch`. Environment and namespace are looked up once for all items that name
 * the same. Synchronous unless the batch is huge, or it is not known yet where the caller may evaluate. An item that the
 * caller may not evaluate is answered as one that failed.
 * @throws VexilError if an environment cannot be resolved
 */
export function evaluateBatch(
  services: ReadServices,
  body: unknown,
  headers: IncomingHttpHeaders,
  caller: Caller | undefined,
): Json | Promise<Json> {
  const started = performance.now();
  const { limits } = services;
  const batch = batchRequest(body, limits.batchItems);
  const placeOf = placeFinder(services, environmentHeader(headers), caller);
  const evaluate = (request: EvaluationRequest): Evaluated => {
    const place = placeOf(request);
    return place.allowed === true
      ? evaluateItem(services, request, place)
      : refusedItem(services, request, place, caller, headers);
  };
  const finish = (items: readonly Evaluated[]): Json => {
    const durationMs = performance.now() - started;
    const first = batch.requests[0];
    if (first !== undefined) placeOf(first).namespace?.observe(durationMs, items.length);
    return batchJson(batch, items, durationMs, limits.answerBytes);
  };
  const unjudged = caller === undefined ? [] : unjudgedPlaces(batch.requests, placeOf);
  const inTurns = async (): Promise<Json> => finish(await evaluateInTurns(batch.requests, evaluate));
  if (unjudged.length > 0) return services.later(() => judged(unjudged).then(inTurns));
  if (batch.requests.length <= ITEMS_IN_A_ROW) return finish(batch.requests.map(evaluate));
  return services.later(inTurns);
}

function unjudgedPlaces(requests: readonly EvaluationRequest[], placeOf: Places): readonly Place[] {
  const unjudged = new Set<Place>();
  for (const request of requests) {
    const place = placeOf(request);
    if (place.allowed instanceof Promise) unjudged.add(place);
  }
  return [...unjudged];
}

async function judged(places: readonly Place[]): Promise<void> {
  await Promise.all(
    places.map(async (place) => {
      place.allowed = await place.allowed;
    }),
  );
}

async function evaluateInTurns<In, Out>(inputs: readonly In[], evaluate: (input: In) => Out): Promise<Out[]> {
  const outputs: Out[] = [];
  for (let start = 0; start < inputs.length; start += ITEMS_IN_A_ROW) {
    for (const input of inputs.slice(start, start + ITEMS_IN_A_ROW)) outputs.push(evaluate(input));
    await nextTurn();
  }
  return outputs;
}

function evaluateItem(services: ReadServices, request: EvaluationRequest, place: Place): Evaluated {
  const { environment } = place;
  if ("missing" in environment) throw unknownEnvironment(environment.missing);
  const flag = place.namespace?.flag(request.flagKey);
  if (flag === undefined) {
    services.evaluations.countMissing(environment, place.key);
    return errorJson(request, "NOT_FOUND_ERROR_EVALUATION_REASON");
  }
  try {
    return flag.evaluate(request.entityId, request.context);
  } catch {
    flag.countError();
    return errorJson(request, "UNKNOWN_ERROR_EVALUATION_REASON");
  }
}

/** An item where the caller may not evaluate: it fails, and the others do not. */
function refusedItem(
  services: ReadServices,
  request: EvaluationRequest,
  place: Place,
  caller: Caller | undefined,
  headers: IncomingHttpHeaders,
): string {
  if (caller !== undefined && !place.isTold) {
    place.isTold = true;
    const question = { action: "evaluate", environment: place.asked, namespace: place.key } as const;
    services.refusals.refuse(caller, question, requestIds(headers));
  }
  return errorJson(request, "UNKNOWN_ERROR_EVALUATION_REASON");
}

function errorJson({ flagKey, namespaceKey }: EvaluationRequest, reason: string): string {
  const response = JSON.stringify({ flagKey, namespaceKey, reason });
  return `,{"type":"ERROR_EVALUATION_RESPONSE_TYPE","errorResponse":${response}}`;
}

function batchJson(
  { requestId, requests }: BatchRequest,
  items: readonly Evaluated[],
  durationMs: number,
  answerBytes: number,
): Json {
  const timing = timingJson(durationMs);
  let responses = "";
  let ascii = isAscii(requestId);
  for (let index = 0; index < items.length; index += 1) {
    if (responses.length > answerBytes) throw answerTooLarge(answerBytes);
    const item = items[index] as Evaluated;
    let json: string;
    if (typeof item === "string") {
      json = item;
      ascii &&= isAscii(item);
    } else {
      const id = (requests[index] as EvaluationRequest).requestId;
      json = item.item(id, timing);
      ascii &&= item.ascii && (id === "" || isAscii(id));
    }
    responses += index === 0 ? json.slice(1) : json;
  }
  const id = JSON.stringify(requestId === "" ? randomUUID() : requestId);
  return { text: `{"requestId":${id},"responses":[${responses}],"requestDurationMillis":${durationMs}}`, ascii };
}
