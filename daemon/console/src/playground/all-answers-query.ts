import { queryOptions } from "@tanstack/react-query";
import { bodyOf, client } from "../api/client.js";
import { RESOURCES } from "../api/routes.js";
import type { Evaluation, Flag, Place } from "../api/types.js";
import { FLAG } from "../api/types.js";
import { evaluationOf, failIfRefused, requestOf, stateOf } from "./answer-query.js";
import { contextFault } from "./context-text.js";
import type { Question } from "./question.js";

/** Answer of one flag of a namespace; none: it could not be evaluated. */
export interface OneOfAll {
  readonly key: string;
  readonly evaluation: Evaluation | undefined;
}

/** Bytes of a batch, and flags of one: what servers take at once is bounded. */
const BATCH_BYTES = 256 * 1024;
const BATCH_FLAGS = 500;

/** Asks every flag of a namespace, in the order of its files. */
export const allAnswersQuery = (place: Place, question: Question) =>
  queryOptions({
    queryKey: ["answers", place.environment, place.namespace, question],
    retry: false,
    enabled: question.all === true && contextFault(question.context) === undefined,
    queryFn: async ({ signal }): Promise<readonly OneOfAll[]> => {
      const state = stateOf(question);
      const params = { path: { ...place, type: FLAG }, query: state };
      const { resources } = await bodyOf(client.GET(`${RESOURCES}/{type}`, { params, signal }));
      const keys = resources.map(({ payload }) => (payload as Flag).key);
      const request = requestOf(place, question);
      const size = Math.max(1, Math.min(BATCH_FLAGS, Math.floor(BATCH_BYTES / JSON.stringify(request).length)));
      const answers: OneOfAll[] = [];
      for (let from = 0; from < keys.length; from += size) {
        const chunk = keys.slice(from, from + size);
        const body = { requests: chunk.map((flagKey) => ({ ...request, flagKey })), ...state };
        const { responses } = await bodyOf(client.POST("/evaluate/v1/batch", { body, signal }));
        failIfRefused(responses);
        for (const [index, key] of chunk.entries()) answers.push({ key, evaluation: evaluationOf(responses[index]) });
      }
      return answers;
    },
  });
