import type { ApiClient } from "./api-client.js";
import { RefusedError } from "./client-errors.js";
import { revisionText } from "./revision-text.js";

/** An evaluation that a daemon is asked for. */
export interface EvaluationQuestion {
  /** undefined: the default one. */
  readonly environment: string | undefined;
  readonly namespace: string;
  readonly flag: string;
  readonly entity: string;
  readonly context: Readonly<Record<string, string>>;
  /** Revision as users write it; undefined: what is served. */
  readonly at?: string | undefined;
}

/** An answer as the daemon gives it, with the past state that it is of. */
export interface EvaluationAnswer extends State {
  readonly booleanResponse?: { readonly enabled: boolean } & Common;
  readonly variantResponse?: {
    readonly match: boolean;
    readonly variantKey: string;
    readonly variantAttachment: string;
  } & Common;
}

interface State {
  readonly revision?: string | undefined;
  readonly at?: { readonly kind: string; readonly time?: string; readonly daemon?: string } | undefined;
}

interface Common {
  readonly reason: string;
  readonly segmentKeys: readonly string[];
}

interface Batch extends State {
  readonly responses: readonly (EvaluationAnswer & { readonly errorResponse?: { readonly reason: string } })[];
}

/** There is no such flag: another state may have it. */
export class FlagMissingError extends RefusedError {}

/**
 * Evaluates a flag of either type.
 * @throws UnreachableError; RefusedError, FlagMissingError
 */
export async function askEvaluation(client: ApiClient, question: EvaluationQuestion): Promise<EvaluationAnswer> {
  const { environment, namespace: namespaceKey, flag: flagKey, entity: entityId, context, at } = question;
  // A batch of one takes flags of both types.
  const body = {
    requests: [{ flagKey, namespaceKey, entityId, context }],
    ...(at === undefined ? {} : { at: revisionText(at) }),
  };
  const answer = await client.ask("POST", "/evaluate/v1/batch", body, environmentHeader(environment));
  const { responses, ...state } = answer as Batch;
  const [response] = responses;
  if (response === undefined) throw new RefusedError("the daemon gave no answer");
  if (response.errorResponse === undefined) return state.at === undefined ? response : { ...response, ...state };
  const name = `flag "${namespaceKey}/${flagKey}"`;
  if (response.errorResponse.reason.startsWith("NOT_FOUND")) {
    throw new FlagMissingError(`${name} not found; "vexil flag list" shows what there is`);
  }
  throw new RefusedError(`${name} cannot be evaluated`);
}

/** In the header an environment that is not there is an error; in the body it would be the default one. */
export function environmentHeader(environment: string | undefined): Readonly<Record<string, string>> {
  return environment === undefined ? {} : { "x-flipt-environment": environment };
}
