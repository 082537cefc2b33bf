import { setImmediate as turn } from "node:timers/promises";
import { whileLeased } from "@vexil/engine/operators/while-leased";
import type { Lease } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { Observable, Subject, VirtualTimeScheduler } from "rxjs";

const RETRY_MS = 1_000;

/** One daemon whose lease the test grants, refuses and takes away, at times of the test's own. */
function daemon(t: ExecutionContext, first: "granted" | "held" | "away" = "granted") {
  const scheduler = new VirtualTimeScheduler();
  const until = new Subject<void>();
  const told: string[] = [];
  const leases: boolean[] = [];
  const tries: number[] = [];
  let answer = first;
  let held: AbortController | undefined;
  let finishWork: (() => void) | undefined;
  const tryLease = async (): Promise<Lease | undefined> => {
    tries.push(scheduler.now());
    if (answer === "away") throw new Error("no database");
    if (answer === "held") return undefined;
    t.is(held, undefined, "only one lease at a time");
    const lost = new AbortController();
    held = lost;
    const release = async (): Promise<void> => {
      held = undefined;
      told.push("released");
    };
    return { lost: lost.signal, release };
  };
  const listener = whileLeased<string>({
    tryLease,
    retryMs: RETRY_MS,
    scheduler,
    until$: until,
    held: (now) => {
      leases.push(now);
      return [now ? "holding" : "following"];
    },
    work: (until$) =>
      new Observable<string>((subscriber) => {
        subscriber.next("work");
        finishWork = () => subscriber.complete();
        return until$.subscribe(() => subscriber.next("asked to end"));
      }),
  }).subscribe({
    next: (value) => told.push(value),
    error: () => told.push("error"),
    complete: () => told.push("complete"),
  });
  return {
    told,
    leases,
    tries,
    say: (next: typeof answer): void => {
      answer = next;
    },
    lose: () => held?.abort(),
    finish: () => finishWork?.(),
    end: () => until.next(),
    leave: () => listener.unsubscribe(),
    /** Lets answers arrive, then moves the clock; what was due runs at its own time. */
    pass: async (ms: number): Promise<void> => {
      await turn();
      scheduler.maxFrames = scheduler.frame + ms;
      scheduler.flush();
      scheduler.frame = scheduler.maxFrames;
      await turn();
    },
  };
}

test("the holder works until it is told to end, lets its work finish, and gives the lease back", async (t) => {
  const one = daemon(t);
  await one.pass(10_000);
  t.deepEqual(one.told, ["holding", "work"]);
  t.deepEqual(one.tries, [0]);
  one.end();
  await one.pass(5_000);
  t.deepEqual(one.told.slice(2), ["asked to end"], "work under way is not cut");
  one.finish();
  await one.pass(0);
  t.deepEqual(one.told.slice(3), ["following", "released", "complete"]);
});

test("a follower asks once in a while and takes over when the lease is free", async (t) => {
  const one = daemon(t, "held");
  for (let second = 0; second < 3; second += 1) await one.pass(RETRY_MS);
  t.true(one.told.every((word) => word === "following"));
  t.deepEqual(one.tries, [0, 1_000, 2_000, 3_000]);
  one.say("granted");
  await one.pass(RETRY_MS);
  t.deepEqual(one.told.slice(-2), ["holding", "work"]);
  t.deepEqual(one.leases, [false, true]);
  await one.pass(60_000);
  t.is(one.tries.length, 5, "the holder does not ask again");
});

test("a lost lease ends the work before another try", async (t) => {
  const one = daemon(t);
  await one.pass(0);
  one.say("held");
  one.lose();
  await one.pass(10 * RETRY_MS);
  t.deepEqual(one.told, ["holding", "work", "asked to end"]);
  t.is(one.tries.length, 1, "not while its work is under way");
  one.finish();
  await one.pass(RETRY_MS);
  await one.pass(0);
  t.deepEqual(one.told.slice(3, 5), ["following", "released"]);
  t.deepEqual(one.leases, [true, false], "told once for each change");
});

test("a backend that is away is asked again and says nothing of others", async (t) => {
  const one = daemon(t, "away");
  for (let second = 0; second < 4; second += 1) await one.pass(RETRY_MS);
  t.deepEqual(one.told, []);
  t.is(one.tries.length, 5);
  one.say("granted");
  await one.pass(RETRY_MS);
  t.deepEqual(one.told, ["holding", "work"]);
});

test("the end comes at once for who only follows, and a lease that arrives after it is given back", async (t) => {
  const follower = daemon(t, "held");
  await follower.pass(0);
  follower.end();
  await follower.pass(10 * RETRY_MS);
  t.deepEqual(follower.told, ["following", "complete"]);
  t.is(follower.tries.length, 1);

  const late = daemon(t);
  late.end();
  await late.pass(10 * RETRY_MS);
  t.deepEqual(late.told, ["following", "released", "complete"], "no work begins after the end");
  t.is(late.tries.length, 1);
});

test("a lease is given back by whoever does not listen any more, also one that arrives after that", async (t) => {
  const holder = daemon(t);
  await holder.pass(0);
  holder.leave();
  await holder.pass(10 * RETRY_MS);
  t.deepEqual(holder.told, ["holding", "work", "released"]);

  const late = daemon(t);
  late.leave();
  await late.pass(10 * RETRY_MS);
  t.deepEqual(late.told, ["released"]);
  t.is(late.tries.length, 1);
});

test("a backend that throws at once is away as any other", async (t) => {
  const scheduler = new VirtualTimeScheduler();
  let tries = 0;
  const leased = whileLeased<string>({
    tryLease: () => {
      tries += 1;
      throw new Error("no database");
    },
    retryMs: RETRY_MS,
    scheduler,
    until$: new Subject<void>(),
    held: () => [],
    work: () => new Observable<string>(),
  }).subscribe({ error: () => t.fail("it goes on") });
  await turn();
  scheduler.maxFrames = RETRY_MS;
  scheduler.flush();
  await turn();
  t.is(tries, 2);
  leased.unsubscribe();
});
