import { fromAbortable } from "@vexil/engine/operators/from-abortable";
import { oneAtATime } from "@vexil/engine/operators/one-at-a-time";
import test from "ava";
import { firstValueFrom, Observable } from "rxjs";

function job(name: string, log: string[]): { readonly run: Observable<string>; readonly finish: () => void } {
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const run = fromAbortable(async () => {
    log.push(`+${name}`);
    await done;
    log.push(`-${name}`);
    return name;
  });
  return { run, finish };
}

test("jobs run one at a time, in the order in which they came", async (t) => {
  const log: string[] = [];
  const alone = oneAtATime();
  const first = job("first", log);
  const second = job("second", log);
  const results = Promise.all([firstValueFrom(alone(first.run)), firstValueFrom(alone(second.run))]);
  second.finish();
  first.finish();
  t.deepEqual(await results, ["first", "second"]);
  t.deepEqual(log, ["+first", "-first", "+second", "-second"]);
});

test("a job that fails lets the next one run", async (t) => {
  const alone = oneAtATime();
  const failing = firstValueFrom(alone(fromAbortable(() => Promise.reject(new Error("no")))));
  const next = firstValueFrom(alone(fromAbortable(async () => "next")));
  await t.throwsAsync(failing, { message: "no" });
  t.is(await next, "next");
});

test("a job that is given up while it waits never starts", async (t) => {
  const log: string[] = [];
  const alone = oneAtATime();
  const first = job("first", log);
  const waiting = job("waiting", log);
  const running = firstValueFrom(alone(first.run));
  alone(waiting.run).subscribe().unsubscribe();
  first.finish();
  await running;
  t.is(await firstValueFrom(alone(fromAbortable(async () => "last"))), "last");
  t.deepEqual(log, ["+first", "-first"]);
});

test("giving up a running step aborts it and frees the lane", async (t) => {
  const alone = oneAtATime();
  let aborted = false;
  const hung = fromAbortable(
    (signal) =>
      new Promise<void>(() => {
        signal.addEventListener("abort", () => {
          aborted = true;
        });
      }),
  );
  alone(hung).subscribe().unsubscribe();
  t.true(aborted);
  t.is(await firstValueFrom(alone(new Observable<string>((subscriber) => subscriber.next("free")))), "free");
});
