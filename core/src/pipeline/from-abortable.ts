import { Observable } from "rxjs";
import { VexilError } from "../errors/vexil-error.js";

/**
 * A promise-returning step as a cold Observable of its one result. Unsubscribing aborts its signal; the result stays
 * with whoever still listens.
 */
export function fromAbortable<T>(step: (signal: AbortSignal) => Promise<T>): Observable<T> {
  return new Observable<T>((subscriber) => {
    const controller = new AbortController();
    let settled = false;
    step(controller.signal).then(
      (value) => {
        settled = true;
        subscriber.next(value);
        subscriber.complete();
      },
      (error: unknown) => {
        settled = true;
        subscriber.error(error);
      },
    );
    return () => {
      if (!settled) controller.abort(new VexilError("VEXIL_INTERNAL_CANCELLED", "the operation was cancelled"));
    };
  });
}
