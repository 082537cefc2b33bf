import { randomUUID } from "node:crypto";
import type { ServerLimits } from "@vexil/config/config";
import type { Engine } from "@vexil/engine/model/engine";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { nextTurn } from "@vexil/plugin-api/time-slice";
import { z } from "zod";
import {
  type ExplainedItem,
  type ExplainedPlace,
  explainedPlace,
  explainItem,
  isItemError,
} from "../explain/explained-item.js";
import { explanationSchema } from "../explain/explanation-schema.js";
import { ExplanationSize } from "../explain/explanation-size.js";
import { shownExplanations } from "../explain/shown-explanation.js";
import { batchOf, type EvaluationRequest, requestOf } from "../reads/evaluation-request.js";
import type { Answer, Route, RouteRequest } from "../route.js";
import { errorItem, explainRequest } from "./read-schemas.js";

export interface ExplainOptions {
  readonly snapshots: SnapshotReader;
  readonly engine: Engine;
  readonly limits: () => Pick<ServerLimits, "batchItems" | "answerBytes">;
}

const batchAnswer = z.object({
  requestId: z.string(),
  responses: z.array(z.union([explanationSchema, errorItem])),
  requestDurationMillis: z.number(),
});

/** Explains evaluations: what was tried in which order, what decided, where it is written and who changed it last. */
export function explainRoute(options: ExplainOptions): Route {
  return {
    method: "POST",
    path: "/evaluate/v1/explain",
    summary:
      "Explains an evaluation, or several: every step with its outcome, where it is written and its last change.",
    access: "token",
    // Beside the answer it shows what flags and segments hold, and who wrote it.
    action: "read",
    besides: ["evaluate"],
    place: "answer",
    errors: [400, 404, 413],
    body: explainRequest,
    answers: {
      200: { description: "The explanation, or those of a batch.", schema: z.union([explanationSchema, batchAnswer]) },
    },
    handle: (request) =>
      request.message.has("requests") ? explainBatch(options, request) : explainOne(options, request),
  };
}

async function explainOne(options: ExplainOptions, request: RouteRequest): Promise<Answer> {
  const { engine, limits } = options;
  const asked = requestOf(request.message);
  const item = await explainItem(await explainedPlace(options, asked, request), asked, request.signal);
  new ExplanationSize(limits().answerBytes).add(item.explanation);
  // Others have their turn between the steps of a large one.
  await nextTurn();
  const [body] = await shownExplanations(engine, [item]);
  await nextTurn();
  return { status: 200, body };
}

/** Items whose flag does not exist fail alone; an environment that does not, or that is hidden, fails the batch. */
async function explainBatch(options: ExplainOptions, request: RouteRequest): Promise<Answer> {
  const { engine, limits } = options;
  const started = performance.now();
  const { batchItems, answerBytes } = limits();
  // Other members mean nothing here, but are what they have to be.
  requestOf(request.message);
  request.message.optionalString("at");
  const { requestId, requests } = batchOf(request.message, batchItems);
  const size = new ExplanationSize(answerBytes);
  const outcomes: (ExplainedItem | z.input<typeof errorItem>)[] = [];
  const places = new Map<string, ExplainedPlace>();
  for (const asked of requests) {
    const key = JSON.stringify([asked.environmentKey, asked.namespaceKey]);
    const place = places.get(key) ?? (await explainedPlace(options, asked, request));
    places.set(key, place);
    try {
      const item = await explainItem(place, asked, request.signal);
      size.add(item.explanation);
      outcomes.push(item);
    } catch (error) {
      if (!isItemError(error)) throw error;
      outcomes.push(notFoundItem(asked));
    }
    await nextTurn();
    request.signal.throwIfAborted();
  }
  const shown = (await shownExplanations(engine, outcomes.filter(isExplained))).values();
  const responses = outcomes.map((outcome) => (isExplained(outcome) ? shown.next().value : outcome));
  const body = {
    requestId: requestId === "" ? randomUUID() : requestId,
    responses,
    requestDurationMillis: performance.now() - started,
  };
  return { status: 200, body };
}

const isExplained = (outcome: ExplainedItem | z.input<typeof errorItem>): outcome is ExplainedItem =>
  "explanation" in outcome;

function notFoundItem({ flagKey, namespaceKey }: EvaluationRequest): z.input<typeof errorItem> {
  const reason = "NOT_FOUND_ERROR_EVALUATION_REASON";
  return { type: "ERROR_EVALUATION_RESPONSE_TYPE", errorResponse: { flagKey, namespaceKey, reason } };
}
