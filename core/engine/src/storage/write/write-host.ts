import type { SyncEvent } from "../../model/events.js";
import type { Correlation, StepContext } from "../storage.js";

/** How writes reach the pipeline: the lane for what moves branches, events for what happened. */
export interface WriteHost {
  /** Runs a step alone in the storage's lane. */
  readonly inLane: <T>(step: (context: StepContext) => Promise<T>, correlation: Correlation) => Promise<T>;
  readonly emit: (event: SyncEvent) => void;
}
