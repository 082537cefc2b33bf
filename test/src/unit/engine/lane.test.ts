import { fromAbortable } from "@vexil/engine/operators/from-abortable";
import { Lane } from "@vexil/engine/operators/lane";
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
  const lane = new Lane();
  const first = job("first", log);
  const second = job("second", log);
  const results = Promise.all([firstValueFrom(lane.run(first.run)), firstValueFrom(lane.run(second.run))]);
  second.finish();
  first.finish();
  t.deepEqual(await results, ["first", "second"]);
  t.deepEqual(log, ["+first", "-first", "+second", "-second"]);
});

test("a job that fails lets the next one run", async (t) => {
  const lane = new Lane();
  const failing = firstValueFrom(lane.run(fromAbortable(() => Promise.reject(new Error("no")))));
  const next = firstValueFrom(lane.run(fromAbortable(async () => "next")));
  await t.throwsAsync(failing, { message: "no" });
  t.is(await next, "next");
});

test("a job that is given up while it waits never starts", async (t) => {
  const log: string[] = [];
  const lane = new Lane();
  const first = job("first", log);
  const waiting = job("waiting", log);
  const running = firstValueFrom(lane.run(first.run));
  lane.run(waiting.run).subscribe().unsubscribe();
  first.finish();
  await running;
  t.is(await firstValueFrom(lane.run(fromAbortable(async () => "last"))), "last");
  t.deepEqual(log, ["+first", "-first"]);
});

test("giving up a running step aborts it and frees the lane", async (t) => {
  const lane = new Lane();
  let aborted = false;
  const hung = fromAbortable(
    (signal) =>
      new Promise<void>(() => {
        signal.addEventListener("abort", () => {
          aborted = true;
        });
      }),
  );
  lane.run(hung).subscribe().unsubscribe();
  t.true(aborted);
  t.is(await firstValueFrom(lane.run(new Observable<string>((subscriber) => subscriber.next("free")))), "free");
});
