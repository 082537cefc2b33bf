import { systemClock } from "@vexil/engine/model/clock";
import { within } from "@vexil/engine/model/deadlines";
import { nextDelayMs } from "@vexil/engine/operators/back-off";
import { coalesceMap } from "@vexil/engine/operators/coalesce-map";
import { groupWhileBusy } from "@vexil/engine/operators/group-while-busy";
import { pace } from "@vexil/engine/operators/pace";
import { signalWithin } from "@vexil/plugin-api";
import { type ErrorDetails, VexilError } from "@vexil/plugin-api/errors";
import test from "ava";
import { EMPTY, Observable, of, Subject, VirtualTimeScheduler } from "rxjs";

function manual(): {
  readonly started: unknown[];
  readonly job: (value: unknown) => Observable<unknown>;
  finish(): void;
} {
  const started: unknown[] = [];
  const open: (() => void)[] = [];
  return {
    started,
    job: (value) =>
      new Observable((subscriber) => {
        started.push(value);
        open.push(() => {
          subscriber.next(value);
          subscriber.complete();
        });
      }),
    finish: () => open.shift()?.(),
  };
}

test("what comes while a job runs causes exactly one more, for the newest", (t) => {
  const source = new Subject<number>();
  const work = manual();
  const results: unknown[] = [];
  source.pipe(coalesceMap(work.job)).subscribe((value) => results.push(value));
  for (const value of [1, 2, 3, 4]) source.next(value);
  t.deepEqual(work.started, [1]);
  work.finish();
  t.deepEqual(work.started, [1, 4]);
  work.finish();
  t.deepEqual(results, [1, 4]);
  source.next(5);
  t.deepEqual(work.started, [1, 4, 5]);
});

test("what need not be remembered is dropped while a job runs", (t) => {
  const source = new Subject<string>();
  const work = manual();
  source.pipe(coalesceMap(work.job, (value) => value === "nudge")).subscribe();
  for (const value of ["tick", "nudge", "tick"]) source.next(value);
  work.finish();
  t.deepEqual(work.started, ["tick", "nudge"]);
});

test("a coalesced source completes only after its last job", (t) => {
  const source = new Subject<number>();
  const work = manual();
  let complete = false;
  source.pipe(coalesceMap(work.job)).subscribe({
    complete: () => {
      complete = true;
    },
  });
  source.next(1);
  source.complete();
  t.false(complete);
  work.finish();
  t.true(complete);
});

test("writes that queue up while a group is out make the next group, none is dropped", (t) => {
  const source = new Subject<number>();
  const work = manual();
  source.pipe(groupWhileBusy(work.job, 3)).subscribe();
  for (const value of [1, 2, 3, 4, 5]) source.next(value);
  work.finish();
  work.finish();
  t.deepEqual(work.started, [[1], [2, 3, 4], [5]]);
});

test("a group that completes at once does not end the stream", (t) => {
  const source = new Subject<number>();
  const groups: unknown[] = [];
  source
    .pipe(
      groupWhileBusy((group) => {
        groups.push(group);
        return EMPTY;
      }),
    )
    .subscribe();
  source.next(1);
  source.next(2);
  t.deepEqual(groups, [[1], [2]]);
});

test("the poll timer starts anew when a poll ends, a nudge polls at once, and two polls never overlap", (t) => {
  const scheduler = new VirtualTimeScheduler();
  const nudges$ = new Subject<string>();
  const until$ = new Subject<void>();
  const started: [readonly string[], number][] = [];
  let running = 0;
  let most = 0;
  let complete = false;
  nudges$
    .pipe(
      pace({
        job: (asked) =>
          new Observable<never>((subscriber) => {
            started.push([asked, scheduler.now()]);
            running += 1;
            most = Math.max(most, running);
            scheduler.schedule(() => {
              running -= 1;
              subscriber.complete();
            }, 5);
          }),
        delayMs: () => 100,
        scheduler,
        until$,
      }),
    )
    .subscribe({
      complete: () => {
        complete = true;
      },
    });
  scheduler.schedule(() => nudges$.next("a"), 50);
  scheduler.schedule(() => nudges$.next("b"), 52);
  scheduler.schedule(() => nudges$.next("c"), 53);
  scheduler.schedule(() => until$.next(), 200);
  scheduler.flush();
  t.deepEqual(started, [
    [[], 0],
    [["a"], 50],
    [["b", "c"], 55],
    [[], 160],
  ]);
  t.is(most, 1);
  t.true(complete);
});

test("a poll under way when draining begins finishes, none follows, and who asked for one is told", (t) => {
  const until$ = new Subject<void>();
  const nudges$ = new Subject<string>();
  const work = manual();
  const told: unknown[] = [];
  nudges$
    .pipe(
      pace<string, unknown>({
        job: (asked) => work.job(asked),
        delayMs: () => 0,
        scheduler: new VirtualTimeScheduler(),
        until$,
        left: (asked) => of({ left: asked }),
      }),
    )
    .subscribe({ next: (value) => told.push(value), complete: () => told.push("complete") });
  nudges$.next("before");
  until$.next();
  nudges$.next("after");
  t.deepEqual(told, []);
  work.finish();
  t.deepEqual(told, [[], { left: ["before", "after"] }, "complete"]);
  t.deepEqual(work.started, [[]]);
});

const failure = (details: ErrorDetails = {}) => new VexilError("VEXIL_CONNECTION_TIMEOUT", "slow", { details });

test("polls keep their period within ten per cent", (t) => {
  const settled = { pollIntervalMs: 30_000, failures: 0, error: undefined };
  t.is(
    nextDelayMs(settled, () => 0),
    27_000,
  );
  t.is(
    nextDelayMs(settled, () => 0.5),
    30_000,
  );
  t.true(nextDelayMs(settled, () => 0.999) <= 33_000);
});

test("a period longer than timers can be set for is no reason to poll all the time", (t) => {
  for (const failures of [0, 1, 9]) {
    const delayMs = nextDelayMs({ pollIntervalMs: 1_000 * 3_600_000, failures, error: undefined }, () => 0.9);
    t.true(delayMs > 300_000_000 && delayMs < 2 ** 31, `${delayMs}`);
  }
});

test("a deadline that is further away than timers can be set for has not passed at once", async (t) => {
  const step = async (signal: AbortSignal): Promise<boolean> => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return signal.aborted;
  };
  t.false(await within(systemClock, 2 ** 33, step));
  t.false(await step(signalWithin(2 ** 33)));
});

test("back-off grows, but never beyond twice the period, unless the remote asks for more", (t) => {
  const at = (failures: number, details?: ErrorDetails) =>
    nextDelayMs({ pollIntervalMs: 30_000, failures, error: failure(details) }, () => 0.5);
  t.is(at(1), 3_000);
  t.is(at(2), 6_000);
  for (let failures = 1; failures < 60; failures += 1) {
    const failing = { pollIntervalMs: 30_000, failures, error: failure() };
    t.true(nextDelayMs(failing, () => 0.999) <= 60_000);
  }
  t.is(at(1, { retryAfterMs: 120_000 }), 120_000);
  t.is(at(1, { retryAfterMs: 3_600_000 }), 300_000);
});

test("a refused credential is not tried again sooner than the period", (t) => {
  const error = new VexilError("VEXIL_AUTH_REJECTED", "no");
  t.is(
    nextDelayMs({ pollIntervalMs: 30_000, failures: 1, error }, () => 0.5),
    30_000,
  );
});

test("an inner stream of one value passes through", (t) => {
  const results: unknown[] = [];
  of(1, 2)
    .pipe(coalesceMap((value) => of(value)))
    .subscribe((value) => results.push(value));
  t.deepEqual(results, [1, 2]);
});
