import { VexilError } from "@vexil/plugin-api/errors";
import { Observable } from "rxjs";

/**
 * A promise-returning step as a cold Observable of its one result. Unsubscribing aborts its signal; the result stays
 * with whoever still listens.
 * @param also aborts it too; not by AbortSignal.any(), which would keep something of every step for as long as it lives
 */
export function fromAbortable<T>(step: (signal: AbortSignal) => Promise<T>, also?: AbortSignal): Observable<T> {
  return new Observable<T>((subscriber) => {
    const controller = new AbortController();
    let settled = false;
    const abort = (): void => {
      controller.abort(new VexilError("VEXIL_INTERNAL_CANCELLED", "the operation was cancelled"));
    };
    const settle = (): void => {
      settled = true;
      also?.removeEventListener("abort", abort);
    };
    if (also?.aborted) abort();
    also?.addEventListener("abort", abort, { once: true });
    step(controller.signal).then(
      (value) => {
        settle();
        subscriber.next(value);
        subscriber.complete();
      },
      (error: unknown) => {
        settle();
        subscriber.error(error);
      },
    );
    return () => {
      if (!settled) abort();
    };
  });
}
