import { type Observable, Observable as Rx } from "rxjs";

/** One job at a time, first come first served. A job that is unsubscribed while waiting leaves the queue. */
export class Lane {
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  /** Cold: queues `job` when subscribed; errors and completes as the job does. */
  run<T>(job: Observable<T>): Observable<T> {
    return new Rx<T>((subscriber) => {
      let started = false;
      const begin = (): void => {
        started = true;
        this.#busy = true;
        subscriber.add(() => this.#next());
        subscriber.add(job.subscribe(subscriber));
      };
      if (this.#busy) this.#waiting.push(begin);
      else begin();
      return () => {
        if (started) return;
        const place = this.#waiting.indexOf(begin);
        if (place >= 0) this.#waiting.splice(place, 1);
      };
    });
  }

  #next(): void {
    this.#busy = false;
    this.#waiting.shift()?.();
  }
}
