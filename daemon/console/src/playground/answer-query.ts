import { queryOptions } from "@tanstack/react-query";
import { ApiError } from "../api/api-error.js";
import { bodyOf, client } from "../api/client.js";
import type { Evaluation, Explanation, Place } from "../api/types.js";
import { contextFault, readContext } from "./context-text.js";
import type { Question } from "./question.js";

/** An answer, with its steps where the server tells them. */
export type Answered = { readonly evaluation: Evaluation } & Partial<Omit<Explanation, "evaluation">>;

/** Asks one flag. @param explained the server can say how an answer came about */
export const answerQuery = (place: Place, question: Question, explained: boolean) =>
  queryOptions({
    queryKey: ["answer", place.environment, place.namespace, question, explained],
    retry: false,
    enabled: question.flag !== undefined && contextFault(question.context) === undefined,
    queryFn: async ({ signal }): Promise<Answered> => {
      const request = requestOf(place, question);
      if (explained) {
        const body = { ...request, ...stateOf(question) };
        return (await bodyOf(client.POST("/evaluate/v1/explain", { body, signal }))) as Explanation;
      }
      const { responses } = await bodyOf(client.POST("/evaluate/v1/batch", { body: { requests: [request] }, signal }));
      failIfRefused(responses);
      const evaluation = evaluationOf(responses[0]);
      if (evaluation === undefined) throw new ApiError(404, `there is no flag ${request.flagKey} here`);
      return { evaluation };
    },
  });

/** Asks for one flag, as every route of evaluations takes it. */
export function requestOf({ environment, namespace }: Place, { flag = "", entity = "", context }: Question) {
  return {
    environmentKey: environment,
    namespaceKey: namespace,
    flagKey: flag,
    entityId: entity,
    context: readContext(context),
  };
}

/** The state that a question names; nothing for what is served. */
export const stateOf = ({ at }: Question): { readonly at?: string } => (at === undefined ? {} : { at });

/** Servers answer a batch that nobody may ask, flag by flag. @throws ApiError 403 if they have refused all of it */
export function failIfRefused(responses: readonly object[]): void {
  const isRefused = (response: object): boolean =>
    "errorResponse" in response &&
    (response.errorResponse as { reason?: string } | null)?.reason === "UNKNOWN_ERROR_EVALUATION_REASON";
  if (responses.length > 0 && responses.every(isRefused)) throw new ApiError(403, "permission denied");
}

/** One answer of a batch; undefined: it is an error. */
export function evaluationOf(response: object | undefined): Evaluation | undefined {
  const { booleanResponse, variantResponse } = (response ?? {}) as Record<string, Evaluation | undefined>;
  return booleanResponse ?? variantResponse;
}
