import { defer, Observable, type OperatorFunction } from "rxjs";

/**
 * Runs one group at a time; what arrives meanwhile makes the next group, unless the job asks for it. Nothing is dropped.
 * @param job `more` takes what has arrived since, at most so many; it then belongs to the job
 */
export function groupWhileBusy<In, Out>(
  job: (group: readonly In[], more: (atMost: number) => readonly In[]) => Observable<Out>,
  atMost = Number.POSITIVE_INFINITY,
): OperatorFunction<In, Out> {
  return (source) =>
    new Observable<Out>((subscriber) => {
      let waiting: In[] = [];
      let busy = false;
      let sourceDone = false;

      const take = (count: number): readonly In[] => {
        const taken = waiting.slice(0, count);
        waiting = waiting.slice(count);
        return taken;
      };

      const start = (): void => {
        busy = true;
        subscriber.add(
          // What it throws at once is an error of the stream as any other.
          defer(() => job(take(atMost), take)).subscribe({
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
