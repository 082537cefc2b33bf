import { Observable, type OperatorFunction } from "rxjs";

/** Runs one group at a time; what arrives meanwhile makes the next group. Nothing is dropped. */
export function groupWhileBusy<In, Out>(
  job: (group: readonly In[]) => Observable<Out>,
  atMost = Number.POSITIVE_INFINITY,
): OperatorFunction<In, Out> {
  return (source) =>
    new Observable<Out>((subscriber) => {
      let waiting: In[] = [];
      let busy = false;
      let sourceDone = false;

      const start = (): void => {
        busy = true;
        const group = waiting.slice(0, atMost);
        waiting = waiting.slice(atMost);
        subscriber.add(
          job(group).subscribe({
            next: (result) => subscriber.next(result),
            error: (error: unknown) => subscriber.error(error),
            complete: () => {
              busy = false;
              if (waiting.length > 0) start();
              else if (sourceDone) subscriber.complete();
            },
          }),
        );
      };

      subscriber.add(
        source.subscribe({
          next: (value) => {
            waiting.push(value);
            if (!busy) start();
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            sourceDone = true;
            if (!busy) subscriber.complete();
          },
        }),
      );
    });
}
