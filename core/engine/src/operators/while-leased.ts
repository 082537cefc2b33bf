import type { Lease } from "@vexil/plugin-api";
import { merge, Observable, type SchedulerLike, type Subscription } from "rxjs";
import { whenAborted } from "./when-aborted.js";

/** How {@link whileLeased} goes. */
export interface WhileLeased<T> {
  /** Resolves to undefined while another daemon holds the lease. */
  readonly tryLease: () => Promise<Lease | undefined>;
  readonly retryMs: number;
  readonly scheduler: SchedulerLike;
  /** Ends it all; work under way finishes. */
  readonly until$: Observable<unknown>;
  /** Work that only the holder does; it has to complete soon after `until$`. */
  readonly work: (until$: Observable<unknown>) => Observable<T>;
  /** Events for each change of whether this daemon holds the lease, the first answer included. */
  readonly held: (held: boolean) => Iterable<T>;
}

/**
 * One of several daemons does the work; when its lease is lost or given back another one takes over. Never errors by
 * itself.
 */
export function whileLeased<T>(options: WhileLeased<T>): Observable<T> {
  return new Observable<T>((subscriber) => {
    let ending = false;
    let busy = false;
    let held: boolean | undefined;
    let taken: Lease | undefined;
    let timer: Subscription | undefined;
    const tell = (now: boolean): void => {
      if (now === held) return;
      held = now;
      for (const value of options.held(now)) subscriber.next(value);
    };
    const again = (): void => {
      busy = false;
      // Those that have fired would be kept until the end.
      if (timer !== undefined) subscriber.remove(timer);
      timer = undefined;
      if (subscriber.closed) return;
      if (ending) {
        subscriber.complete();
        return;
      }
      timer = options.scheduler.schedule(attempt, options.retryMs);
      subscriber.add(timer);
    };
    const giveBack = (lease: Lease): void => {
      taken = undefined;
      tell(false);
      lease
        .release()
        .catch(() => undefined)
        .then(again, again);
    };
    const hold = (lease: Lease): void => {
      taken = lease;
      tell(true);
      const lost$ = whenAborted(lease.lost);
      subscriber.add(
        options.work(merge(options.until$, lost$)).subscribe({
          next: (value) => subscriber.next(value),
          error: (error: unknown) => subscriber.error(error),
          complete: () => giveBack(lease),
        }),
      );
    };
    /** Makes what is thrown at once a failure as any other. */
    const tryLease = (): Promise<Lease | undefined> => {
      try {
        return options.tryLease();
      } catch (error) {
        return Promise.reject(error);
      }
    };
    const attempt = (): void => {
      if (ending || busy) return;
      busy = true;
      tryLease()
        .then(
          (lease) => {
            if (lease === undefined) {
              tell(false);
              again();
            } else if (ending || subscriber.closed) {
              giveBack(lease);
            } else {
              hold(lease);
            }
          },
          // The backend is away: its own failures are told by the rebuilds.
          again,
        )
        .catch((error: unknown) => subscriber.error(error));
    };
    subscriber.add(
      options.until$.subscribe(() => {
        ending = true;
        if (!busy) subscriber.complete();
      }),
    );
    attempt();
    // Whoever does not listen any more does not work any more: another daemon is to take over.
    return () => void taken?.release().catch(() => undefined);
  });
}
