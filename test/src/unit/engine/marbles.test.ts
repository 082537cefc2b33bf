import { coalesceMap } from "@vexil/engine/operators/coalesce-map";
import { fromAbortable } from "@vexil/engine/operators/from-abortable";
import { groupWhileBusy } from "@vexil/engine/operators/group-while-busy";
import { oneAtATime } from "@vexil/engine/operators/one-at-a-time";
import { pace } from "@vexil/engine/operators/pace";
import { unfold } from "@vexil/engine/operators/unfold";
import { whileLeased } from "@vexil/engine/operators/while-leased";
import type { Lease } from "@vexil/plugin-api";
import test from "ava";
import { map, merge, type Observable, of, takeWhile } from "rxjs";
import { TestScheduler } from "rxjs/testing";

type Helpers = Parameters<Parameters<TestScheduler["run"]>[0]>[0];

/** A test drawn in marbles: a character is a virtual millisecond, spaces are none. */
function drawn(title: string, run: (helpers: Helpers, scheduler: TestScheduler) => void): void {
  test(title, (t) => {
    const scheduler = new TestScheduler((actual, expected) => t.deepEqual(actual, expected));
    scheduler.run((helpers) => run(helpers, scheduler));
  });
}

/** A promise that is settled in the very frame in which it is asked. */
function promised<T>(value: T): Promise<T> {
  const settled = {
    // biome-ignore lint/suspicious/noThenProperty: it stands for a promise, whose turns have no place in marbles
    then: (resolve: (value: T) => unknown) => promised(resolve(value)),
    catch: () => settled,
  };
  return settled as unknown as Promise<T>;
}

drawn("coalesceMap: one job at a time; what comes meanwhile makes one more, for the newest", (helpers) => {
  const { cold, hot, expectObservable, expectSubscriptions } = helpers;
  const source = hot(" a-b-c------d---|  ");
  const job = cold("   ---x-|            ");
  const result = "     ---A----C-----D-| ";
  const runs = ["      ^----!            ", "     -----^----!       ", "     -----------^----! "];
  expectObservable(source.pipe(coalesceMap((value) => job.pipe(map(() => value.toUpperCase()))))).toBe(result);
  expectSubscriptions(job.subscriptions).toBe(runs);
});

drawn("coalesceMap: what need not be remembered is dropped", ({ cold, hot, expectObservable }) => {
  const source = hot(" t-t-n-t----|   ");
  const job = (value: string) => cold("---(x|)").pipe(map(() => value.toUpperCase()));
  const result = "     ---T---N---|   ";
  const remembered = source.pipe(coalesceMap(job, (value) => value === "n"));
  expectObservable(remembered).toBe(result);
});

drawn("groupWhileBusy: what comes while a group is out makes the next, none is dropped", (helpers) => {
  const { cold, hot, expectObservable } = helpers;
  const source = hot(" a-bcd---------e|      ");
  const job = (group: readonly string[]) => cold("----(x|)").pipe(map(() => group.join("")));
  const result = "     ----a---b---d-----(e|)";
  expectObservable(source.pipe(groupWhileBusy(job, 2))).toBe(result, { a: "a", b: "bc", d: "d", e: "e" });
});

drawn("groupWhileBusy: a job takes along what has come by the time it asks", ({ cold, hot, expectObservable }) => {
  const source = hot(" a-b----|");
  const taken = source.pipe(
    groupWhileBusy((group, more) => cold("---(x|)").pipe(map(() => [...group, ...more(5)].join("")))),
  );
  expectObservable(taken).toBe("---v---|", { v: "ab" });
});

drawn(
  "oneAtATime: jobs queue in the order in which they are subscribed to; one given up leaves the queue",
  (helpers) => {
    const { cold, expectObservable, expectSubscriptions } = helpers;
    const alone = oneAtATime();
    const [a, b, c] = [cold("---a|"), cold("--b|"), cold("-c|")];
    expectObservable(alone(a)).toBe("          ---a|");
    expectObservable(alone(b), "              ^-!").toBe("-");
    expectObservable(alone(c)).toBe("          -----c|");
    expectSubscriptions(a.subscriptions).toBe("^---!");
    expectSubscriptions(b.subscriptions).toBe([]);
    expectSubscriptions(c.subscriptions).toBe("----^-!");
  },
);

drawn("oneAtATime: a job that fails lets the next one run", ({ cold, expectObservable }) => {
  const alone = oneAtATime();
  expectObservable(alone(cold("--#"))).toBe("--#");
  expectObservable(alone(cold("-b|"))).toBe("---b|");
});

/** The asks that each round was for. */
const round = (cold: Helpers["cold"]) => (asked: readonly string[]) =>
  cold("--(x|)").pipe(map(() => asked.join("") || "-"));

drawn(
  "pace: rounds follow each other at their distance; an ask comes at once, or after the round under way",
  (helpers, scheduler) => {
    const { cold, hot, expectObservable } = helpers;
    const asks = hot("   ------------a(bc)--------");
    const until$ = hot(" -------------------------x");
    const paced = asks.pipe(pace({ job: round(cold), delayMs: () => 5, scheduler, until$ }));
    expectObservable(paced).toBe("--r------r----s-t------r-|", { r: "-", s: "a", t: "bc" });
  },
);

drawn("pace: a round under way at the end finishes, and who asked for another is told", (helpers, scheduler) => {
  const { cold, hot, expectObservable } = helpers;
  const asks = hot("   -a---");
  const until$ = hot(" -x---");
  const left = (asked: readonly string[]) => of(`left ${asked.join("")}`);
  const paced = asks.pipe(pace({ job: round(cold), delayMs: () => 5, scheduler, until$, left }));
  expectObservable(paced).toBe("--(rl|)", { r: "-", l: "left a" });
});

drawn(
  "unfold: results pass at once, steps are taken one after the other in the order in which they came",
  (helpers) => {
    const { cold, expectObservable } = helpers;
    const steps: Readonly<Record<string, Observable<string>>> = {
      start: cold("--rab-r|", { r: "r", a: "A", b: "B" }),
      A: cold("    --p|"),
      B: cold("    -q|"),
    };
    const result = unfold<string, string>({
      first: "start",
      next: (step) => steps[step] as Observable<string>,
      isStep: (item): item is string => item in steps,
    });
    expectObservable(result).toBe("--r---r--p-q|");
  },
);

test("unfold: however many steps there are, the stack does not grow", (t) => {
  const told: string[] = [];
  unfold<number, string>({
    first: 0,
    next: (step) => of<number | string>(step < 100_000 ? step + 1 : "end"),
    isStep: (item): item is number => typeof item === "number",
  }).subscribe({ next: (value) => told.push(value), complete: () => told.push("complete") });
  t.deepEqual(told, ["end", "complete"]);
});

drawn(
  "whileLeased: another try once in a while, work while the lease is held, and none after the end",
  (helpers, scheduler) => {
    const { cold, hot, expectObservable } = helpers;
    let tries = 0;
    const lease: Lease = { lost: new AbortController().signal, release: () => promised(undefined) };
    const result = whileLeased<string>({
      tryLease: () => {
        tries += 1;
        return promised(tries < 3 ? undefined : lease);
      },
      retryMs: 4,
      scheduler,
      until$: hot("                ----------------x"),
      work: (until$) =>
        merge(cold("-w-w"), until$.pipe(map(() => "e"))).pipe(takeWhile((value) => value !== "e", true)),
      held: (held) => [held ? "h" : "f"],
    });
    expectObservable(result).toBe("f-------hw-w----(ef|)");
  },
);

drawn(
  "fromAbortable: a step starts with its subscription, and giving it up aborts it",
  ({ expectObservable, flush }) => {
    const log: string[] = [];
    const step = fromAbortable((signal) => {
      log.push("started");
      signal.addEventListener("abort", () => log.push("aborted"));
      return promised("r");
    });
    expectObservable(step).toBe("(r|)");
    flush();
    const hung = fromAbortable((signal) => {
      signal.addEventListener("abort", () => log.push("hung aborted"));
      return new Promise<string>(() => {});
    });
    expectObservable(hung, "--!").toBe("-");
    flush();
    if (log.join() !== "started,hung aborted") throw new Error(log.join());
  },
);
