import { setTimeout as delay } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { SilenceWatch } from "../../../../daemon/dist/workers/silence-watch.js";

interface Watched {
  readonly name: string;
  isListening: boolean;
  readonly silentMs: number;
}

const QUIET = 5_000;

/** Workers hang that are silent at ten looks in a row. */
function watching(t: ExecutionContext, workers: readonly Watched[]): readonly string[] {
  const hanging: string[] = [];
  const hangs = ({ name }: Watched): void => void hanging.push(name);
  const watch = new SilenceWatch<Watched>({ workers: () => workers, hangs, hangsMs: 100, lookMs: 10 });
  t.teardown(() => watch.close());
  return hanging;
}

/** A worker that says something whenever it was silent at so many looks. */
function speakingAfter(name: string, looks: number): Watched {
  let looked = 0;
  return {
    name,
    isListening: true,
    get silentMs() {
      looked = looked === looks ? 0 : looked + 1;
      return looked === 0 ? 0 : QUIET;
    },
  };
}

test("looks at which a worker is silent count in a row alone", async (t) => {
  const hanging = watching(t, [speakingAfter("slow", 9), speakingAfter("stuck", 10)]);
  while (hanging.length < 3) await delay(10);
  t.deepEqual([...new Set(hanging)], ["stuck"]);
});

test("one that does not serve yet does not hang, and of two that hang one is told at a time", async (t) => {
  const starting: Watched = { name: "starting", isListening: false, silentMs: QUIET };
  const [one, other] = ["one", "other"].map((name): Watched => ({ name, isListening: true, silentMs: QUIET }));
  const workers = [starting, one as Watched, other as Watched];
  const hanging = watching(t, workers);
  while (hanging.length === 0) await delay(1);
  t.is(hanging[0], "one");
  workers.splice(1, 1);
  while (!hanging.includes("other")) await delay(1);
  await delay(200);
  t.false(hanging.includes("starting"));
});
