import { Observable } from "rxjs";

/** Gives a job its turn. Cold: the job queues when it is subscribed to; the result errors and completes as the job does. */
export type OneAtATime = <T>(job: Observable<T>) => Observable<T>;

/** A lane: one job at a time, first come first served. A job that is unsubscribed while waiting leaves the queue. */
export function oneAtATime(): OneAtATime {
  const waiting: (() => void)[] = [];
  let busy = false;
  const next = (): void => {
    busy = false;
    waiting.shift()?.();
  };
  return <T>(job: Observable<T>): Observable<T> =>
    new Observable<T>((subscriber) => {
      let started = false;
      const begin = (): void => {
        started = true;
        busy = true;
        subscriber.add(next);
        subscriber.add(job.subscribe(subscriber));
      };
      if (busy) waiting.push(begin);
      else begin();
      return () => {
        if (started) return;
        const place = waiting.indexOf(begin);
        if (place >= 0) waiting.splice(place, 1);
      };
    });
}
