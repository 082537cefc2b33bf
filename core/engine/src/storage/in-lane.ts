import { randomUUID } from "node:crypto";
import { firstValueFrom } from "rxjs";
import { fromAbortable } from "../operators/from-abortable.js";
import type { OneAtATime } from "../operators/one-at-a-time.js";
import type { Correlation, StepContext } from "./step-context.js";

/** Runs a step alone in the storage's lane, to its end. */
export type InLane = <T>(step: (context: StepContext) => Promise<T>, correlation?: Correlation) => Promise<T>;

/** The lane, for steps that are parts of longer ones. */
export function inLaneOf(alone: OneAtATime): InLane {
  return (step, correlation = { correlationId: randomUUID() }) =>
    firstValueFrom(alone(fromAbortable((signal) => step({ signal, ...correlation }))));
}
