import { asyncScheduler, type SchedulerLike } from "rxjs";
import { token } from "../di/token.js";

export const ClockToken = token<Clock>("clock");

/** The only source of time for the engine: ticks, delays, deadlines and what is measured. */
export interface Clock {
  readonly scheduler: SchedulerLike;
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds since some moment; unlike `now` it is never set. */
  elapsed(): number;
}

export const systemClock: Clock = {
  scheduler: asyncScheduler,
  now: () => Date.now(),
  elapsed: () => performance.now(),
};
