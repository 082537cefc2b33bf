import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "@vexil/engine/model/clock";
import { VirtualTimeScheduler } from "rxjs";

const START = Date.UTC(2026, 0, 1);
/** Turns of the event loop in which everything that needs no time is done. */
const TURNS = 40;
const DEADLINE_MS = 60_000;

/** A clock that stands still unless the test lets time pass. */
export class VirtualClock implements Clock {
  readonly scheduler = new VirtualTimeScheduler();
  #setByMs = 0;

  now(): number {
    return START + this.scheduler.frame + this.#setByMs;
  }

  /** Sets the wall clock forward, or back, as an administrator does: no time passes. */
  set(byMs: number): void {
    this.#setByMs += byMs;
  }

  elapsed(): number {
    return this.scheduler.frame;
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < TURNS; turns += 1) await turn();
  }

  /** Lets time pass; what falls due happens at its own time, with all that follows from it. */
  async pass(ms: number): Promise<void> {
    const { scheduler } = this;
    const target = scheduler.frame + ms;
    await this.settle();
    for (let next = this.#due(); next <= target; next = this.#due()) {
      scheduler.maxFrames = next;
      scheduler.flush();
      await this.settle();
    }
    scheduler.frame = target;
  }

  /** Waits, without time passing, until something is so. */
  async until(is: () => boolean): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!is()) {
      if (performance.now() > deadline) throw new Error("it does not become so");
      await turn();
    }
    await this.settle();
  }

  #due(): number {
    return Math.min(...this.scheduler.actions.map(({ delay }) => delay));
  }
}
