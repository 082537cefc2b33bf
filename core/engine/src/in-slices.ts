import { TimeSlice } from "@vexil/plugin-api/time-slice";
import { Observable } from "rxjs";

/** A list as a cold Observable that gives the event loop its turn in between: whoever listens may do much for each. */
export function inSlices<T>(list: readonly T[]): Observable<T> {
  return new Observable<T>((subscriber) => {
    const emit = async (): Promise<void> => {
      const slice = new TimeSlice();
      for (const value of list) {
        if (slice.due) await slice.next();
        if (subscriber.closed) return;
        subscriber.next(value);
      }
      subscriber.complete();
    };
    emit().catch((error: unknown) => subscriber.error(error));
  });
}
