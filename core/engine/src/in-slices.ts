import { setImmediate as nextTurn } from "node:timers/promises";
import { Observable } from "rxjs";

const SLICE_MS = 4;

/** A list as a cold Observable that gives the event loop its turn in between: whoever listens may do much for each. */
export function inSlices<T>(list: readonly T[]): Observable<T> {
  return new Observable<T>((subscriber) => {
    const emit = async (): Promise<void> => {
      let began = performance.now();
      for (const value of list) {
        if (performance.now() - began > SLICE_MS) {
          await nextTurn();
          began = performance.now();
        }
        if (subscriber.closed) return;
        subscriber.next(value);
      }
      subscriber.complete();
    };
    emit().catch((error: unknown) => subscriber.error(error));
  });
}
