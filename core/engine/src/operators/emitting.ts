import { VexilError } from "@vexil/plugin-api/errors";
import { Observable } from "rxjs";

/**
 * A step that tells several things on its way, as a cold Observable of them. Unsubscribing aborts its signal, and what
 * it tells after that is heard by nobody.
 */
export function emitting<T>(
  step: (emit: (...values: readonly T[]) => void, signal: AbortSignal) => Promise<void>,
): Observable<T> {
  return new Observable<T>((subscriber) => {
    const controller = new AbortController();
    let settled = false;
    const emit = (...values: readonly T[]): void => {
      for (const value of values) subscriber.next(value);
    };
    step(emit, controller.signal).then(
      () => {
        settled = true;
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
