import { defer, Observable, type OperatorFunction, type Subscription } from "rxjs";

/**
 * exhaustMap with a memory of one: what arrives while a job runs is dropped, unless `remember` accepts it; then one
 * more job runs afterwards, for the newest remembered value.
 */
export function coalesceMap<In, Out>(
  job: (value: In) => Observable<Out>,
  remember: (value: In) => boolean = () => true,
): OperatorFunction<In, Out> {
  return (source) =>
    new Observable<Out>((subscriber) => {
      let running: Subscription | undefined;
      let remembered: { readonly value: In } | undefined;
      let sourceDone = false;

      const start = (value: In): void => {
        let done = false;
        // What it throws at once is an error of the stream as any other.
        const inner = defer(() => job(value)).subscribe({
          next: (result) => subscriber.next(result),
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            done = true;
            running = undefined;
            const next = remembered;
            remembered = undefined;
            if (next !== undefined) start(next.value);
            else if (sourceDone) subscriber.complete();
          },
        });
        if (!done) running = inner;
        subscriber.add(inner);
      };

      subscriber.add(
        source.subscribe({
          next: (value) => {
            if (running === undefined) start(value);
            else if (remember(value)) remembered = { value };
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            sourceDone = true;
            if (running === undefined) subscriber.complete();
          },
        }),
      );
    });
}
