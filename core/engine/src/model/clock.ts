import { asyncScheduler, type SchedulerLike } from "rxjs";
import { token } from "../di/token.js";

export const ClockToken = token<Clock>("clock");

/** The only source of time for the pipeline. */
export interface Clock {
  readonly scheduler: SchedulerLike;
  /** Epoch milliseconds. */
  now(): number;
}

export const systemClock: Clock = { scheduler: asyncScheduler, now: () => Date.now() };
