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
      const body = requestOf(place, question);
      if (explained) return (await bodyOf(client.POST("/evaluate/v1/explain", { body, signal }))) as Explanation;
      const { environmentKey, namespaceKey, flagKey, entityId, context } = body;
      const request = { environmentKey, namespaceKey, flagKey, entityId, context };
      const batch = { requests: [request] };
      const { responses } = await bodyOf(client.POST("/evaluate/v1/batch", { body: batch, signal }));
      const [first] = responses;
      if (first && "booleanResponse" in first) return { evaluation: first.booleanResponse };
      if (first && "variantResponse" in first) return { evaluation: first.variantResponse };
      throw new ApiError(404, `there is no flag ${flagKey} here`);
    },
  });

/** Body that asks for one flag, as every route of evaluations takes it. */
export function requestOf({ environment, namespace }: Place, { flag = "", entity = "", context, at }: Question) {
  const request = {
    environmentKey: environment,
    namespaceKey: namespace,
    flagKey: flag,
    entityId: entity,
    context: readContext(context),
  };
  return at === undefined ? request : { ...request, at };
}
