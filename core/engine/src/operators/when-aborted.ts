import { Observable } from "rxjs";

/** Emits once when a signal aborts, at once where it has, and completes. Cold; never errors. */
export function whenAborted(signal: AbortSignal): Observable<void> {
  return new Observable<void>((subscriber) => {
    const aborted = (): void => {
      subscriber.next();
      subscriber.complete();
    };
    if (signal.aborted) return aborted();
    signal.addEventListener("abort", aborted, { once: true });
    return () => signal.removeEventListener("abort", aborted);
  });
}
