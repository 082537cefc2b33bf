import type { ApiClient } from "./api-client.js";
import {
  askEvaluation,
  type EvaluationAnswer,
  type EvaluationQuestion,
  environmentHeader,
  FlagMissingError,
} from "./ask-evaluation.js";
import { UnreachableError } from "./client-errors.js";
import { evaluationLine } from "./evaluation-text.js";
import { followEvents } from "./follow-events.js";
import { isPassing, pauseBefore } from "./try-again.js";

/** Listener of an evaluation that is watched. */
export interface EvaluationWatcher {
  readonly signal: AbortSignal;
  /** Called with each answer that is another than the one before; undefined: there is no such flag any more. */
  readonly answered: (answer: EvaluationAnswer | undefined) => void;
  /** Called when the daemon cannot be reached, and when it can be again (undefined). */
  readonly lost: (error: Error | undefined) => void;
}

/**
 * Evaluates a flag whenever its namespace changes, until the signal aborts. Where the connection is lost it is opened again
 * and again, at growing intervals.
 * @throws UnreachableError, RefusedError where the first evaluation fails, and where trying again would not help
 */
export async function watchEvaluation(
  client: ApiClient,
  question: EvaluationQuestion,
  { signal, answered, lost }: EvaluationWatcher,
): Promise<void> {
  let shown: string | undefined;
  let failures = 0;
  const look = async (): Promise<void> => {
    const answer = await askEvaluation(client, question).catch((error: unknown) => {
      if (error instanceof FlagMissingError && shown !== undefined) return undefined;
      throw error;
    });
    const text = answer === undefined ? "" : evaluationLine(answer);
    if (signal.aborted) return;
    if (failures > 0) lost(undefined);
    failures = 0;
    if (text === shown) return;
    shown = text;
    answered(answer);
  };
  const { environment = "default", namespace } = question;
  const path = `/client/v2/environments/${encodeURIComponent(environment)}/namespaces/${encodeURIComponent(namespace)}/stream`;
  const headers = environmentHeader(question.environment);
  await look();
  while (!signal.aborted) {
    try {
      await followLooking(client, { path, headers, signal }, look);
      throw new UnreachableError(`the daemon at ${client.url} has ended the stream`);
    } catch (error) {
      if (signal.aborted) return;
      if (!isPassing(error)) throw error;
      if (failures === 0) lost(error as Error);
      failures += 1;
      await pauseBefore(failures, signal);
    }
  }
}

/** Follows a stream and looks after each event: those that come meanwhile are seen by one more look. */
async function followLooking(
  client: ApiClient,
  stream: { readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
  look: () => Promise<void>,
): Promise<void> {
  const broken = new AbortController();
  const signal = AbortSignal.any([stream.signal, broken.signal]);
  let [isLooking, isDue] = [false, false];
  const changed = async (): Promise<void> => {
    isDue = true;
    if (isLooking) return;
    isLooking = true;
    try {
      while (isDue && !signal.aborted) {
        isDue = false;
        await look();
      }
    } catch (error) {
      broken.abort(error);
    } finally {
      isLooking = false;
    }
  };
  await followEvents(client, { ...stream, signal, changed: () => void changed() });
}
