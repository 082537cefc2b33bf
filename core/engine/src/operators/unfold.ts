import { defer, Observable } from "rxjs";

/** How {@link unfold} goes. */
export interface Unfold<Step, Out> {
  readonly first: Step;
  /** Takes a step and gives what it leads to: results, which are passed on at once, and further steps. */
  readonly next: (step: Step) => Observable<Step | Out>;
  readonly isStep: (item: Step | Out) => item is Step;
}

/**
 * expand for steps and results in one stream: results pass at once, steps are taken one at a time, in the order in which
 * they came, each after the one before has ended. However many there are, the stack does not grow.
 */
export function unfold<Step, Out>({ first, next, isStep }: Unfold<Step, Out>): Observable<Out> {
  return new Observable<Out>((subscriber) => {
    const waiting: Step[] = [first];
    let running = false;
    let looping = false;
    const go = (): void => {
      if (looping) return;
      looping = true;
      while (!running && waiting.length > 0 && !subscriber.closed) {
        running = true;
        const step = waiting.shift() as Step;
        subscriber.add(
          // What it throws at once is an error of the stream as any other.
          defer(() => next(step)).subscribe({
            next: (item) => {
              if (isStep(item)) waiting.push(item);
              else subscriber.next(item);
            },
            error: (error: unknown) => subscriber.error(error),
            complete: () => {
              running = false;
              go();
            },
          }),
        );
      }
      looping = false;
      if (!running && waiting.length === 0) subscriber.complete();
    };
    go();
  });
}
