import { defer, Observable, type OperatorFunction, type SchedulerLike, type Subscription } from "rxjs";

/** How {@link pace} goes. */
export interface Pace<In, Out> {
  /** One round, given what has asked for it. Must not error. */
  readonly job: (asked: readonly In[]) => Observable<Out>;
  /** Milliseconds from the end of a round to the next one. */
  readonly delayMs: () => number;
  readonly scheduler: SchedulerLike;
  /** Ends the rounds; one under way finishes. */
  readonly until$: Observable<unknown>;
  /** Results for those whose round never began. */
  readonly left?: (asked: readonly In[]) => Observable<Out>;
}

/**
 * Rounds for ever, one at a time, the first at once: the timer starts anew when a round ends, so a slow remote is never
 * asked twice at once. What arrives asks for a round now; while one runs, exactly one more follows it.
 */
export function pace<In, Out>({ job, delayMs, scheduler, until$, left }: Pace<In, Out>): OperatorFunction<In, Out> {
  return (source) =>
    new Observable<Out>((subscriber) => {
      let running = false;
      let ending = false;
      let asked: In[] = [];
      let timer: Subscription | undefined;

      const end = (): void => {
        if (asked.length > 0 && left !== undefined) subscriber.add(left(asked).subscribe(subscriber));
        else subscriber.complete();
      };
      const start = (): void => {
        timer?.unsubscribe();
        running = true;
        const taken = asked;
        asked = [];
        subscriber.add(
          // What it throws at once is an error of the stream as any other.
          defer(() => job(taken)).subscribe({
            next: (value) => subscriber.next(value),
            error: (error: unknown) => subscriber.error(error),
            complete: () => {
              running = false;
              if (ending) end();
              else if (asked.length > 0) start();
              else {
                timer = scheduler.schedule(start, delayMs());
                subscriber.add(timer);
              }
            },
          }),
        );
      };
      subscriber.add(
        source.subscribe({
          next: (value) => {
            asked.push(value);
            if (!running && !ending) start();
          },
          error: (error: unknown) => subscriber.error(error),
        }),
      );
      subscriber.add(
        until$.subscribe(() => {
          if (ending) return;
          ending = true;
          timer?.unsubscribe();
          if (!running) end();
        }),
      );
      if (!ending && !running) start();
    });
}
