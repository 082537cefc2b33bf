import { Observable, type SchedulerLike, type Subscription } from "rxjs";

export interface PollLoop<T> {
  /** One poll; its number counts from 1. Must not error. */
  readonly poll: (number: number) => Observable<T>;
  /** Milliseconds from the end of a poll to the next one. */
  readonly delayMs: () => number;
  /** Asks for a poll now. While one runs, exactly one more follows it. */
  readonly nudges$: Observable<unknown>;
  readonly scheduler: SchedulerLike;
  /** Ends the ticks; a poll under way finishes. */
  readonly until$: Observable<unknown>;
  /** Milliseconds until the first poll. */
  readonly firstMs: number;
}

/** Polls for ever, one at a time: the timer starts anew when a poll ends, so a slow remote is never asked twice at once. */
export function pollLoop<T>(loop: PollLoop<T>): Observable<T> {
  return new Observable<T>((subscriber) => {
    let number = 0;
    let running = false;
    let again = false;
    let ending = false;
    let timer: Subscription | undefined;

    const arm = (ms: number): void => {
      timer?.unsubscribe();
      timer = loop.scheduler.schedule(start, ms);
      subscriber.add(timer);
    };
    const start = (): void => {
      timer?.unsubscribe();
      running = true;
      number += 1;
      subscriber.add(
        loop.poll(number).subscribe({
          next: (value) => subscriber.next(value),
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            running = false;
            if (ending) {
              subscriber.complete();
            } else if (again) {
              again = false;
              start();
            } else {
              arm(loop.delayMs());
            }
          },
        }),
      );
    };
    subscriber.add(
      loop.nudges$.subscribe(() => {
        if (ending) return;
        if (running) again = true;
        else start();
      }),
    );
    subscriber.add(
      loop.until$.subscribe(() => {
        ending = true;
        timer?.unsubscribe();
        if (!running) subscriber.complete();
      }),
    );
    if (!ending) {
      if (loop.firstMs <= 0) start();
      else arm(loop.firstMs);
    }
  });
}
