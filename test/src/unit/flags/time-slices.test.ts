import { timeSlice } from "@vexil/git/objects/time-slice";
import { TimeSlice } from "@vexil/plugin-api";
import { nextTurn } from "@vexil/plugin-api/time-slice";
import test from "ava";
import { lastValueFrom, tap } from "rxjs";
import { inSlices } from "../../../../core/engine/dist/in-slices.js";

const WORKS = 24;
const SLICES = 3;

/** Ways of long work, each of which calls `began` whenever it has had a turn. */
const WAYS: readonly ((began: () => void) => Promise<unknown>)[] = [
  async (began) => {
    const slice = new TimeSlice();
    for (let passed = 0; passed < SLICES; ) {
      if (!slice.due) continue;
      await slice.next();
      passed += 1;
      began();
    }
  },
  async (began) => {
    const pause = timeSlice();
    for (let passed = 0; passed < SLICES; ) {
      const paused = pause();
      if (paused === undefined) continue;
      await paused;
      passed += 1;
      began();
    }
  },
  async (began) => {
    // Of the first value it is told at once.
    let told = -1;
    const values = inSlices(Array.from({ length: SLICES + 1 }, () => undefined));
    await lastValueFrom(
      values.pipe(
        tap(() => {
          told += 1;
          if (told > 0) began();
          busy();
        }),
      ),
    );
  },
  async (began) => {
    for (let passed = 0; passed < SLICES; passed += 1) {
      await nextTurn();
      began();
    }
  },
];

function busy(): void {
  const start = performance.now();
  while (performance.now() - start < 5);
}

test.serial("however much long work there is at once, others get their turn after each slice of it", async (t) => {
  const begun: number[] = [];
  let turns = 0;
  let isOver = false;
  const others = (): void => {
    turns += 1;
    if (!isOver) setImmediate(others);
  };
  setImmediate(others);
  const works = Array.from({ length: WORKS }, (_, index) => WAYS[index % WAYS.length]?.(() => begun.push(turns)));
  await Promise.all(works);
  isOver = true;
  t.is(begun.length, WORKS * SLICES);
  const inOneTurn = begun.map((turn) => begun.filter((one) => one === turn).length);
  t.is(Math.max(...inOneTurn), 1);
});
