import { queryOptions } from "@tanstack/react-query";
import { bodyOf, client } from "../api/client.js";
import type { Explanation, Place } from "../api/types.js";

/** A question to a flag, as the address has it. */
export interface Question {
  readonly flag: string;
  readonly entity: string;
  /** JSON object of the context. */
  readonly context: string;
}

export const explainQuery = ({ environment, namespace }: Place, { flag, entity, context }: Question) =>
  queryOptions({
    queryKey: ["explain", environment, namespace, flag, entity, context],
    retry: false,
    enabled: flag !== "" && contextFault(context) === undefined,
    queryFn: async ({ signal }) => {
      const body = {
        environmentKey: environment,
        namespaceKey: namespace,
        flagKey: flag,
        entityId: entity,
        context: readContext(context),
      };
      return (await bodyOf(client.POST("/evaluate/v1/explain", { body, signal }))) as Explanation;
    },
  });

/** Values that are no text count as their JSON text. */
function readContext(text: string): Record<string, string> {
  const value: unknown = text.trim() === "" ? {} : JSON.parse(text);
  return Object.fromEntries(
    Object.entries(value as object).map(([key, one]) => [key, typeof one === "string" ? one : JSON.stringify(one)]),
  );
}

export function contextFault(text: string): string | undefined {
  if (text.trim() === "") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? undefined : "A context is a JSON object.";
  } catch (error) {
    return `This is no JSON: ${(error as Error).message}`;
  }
}
