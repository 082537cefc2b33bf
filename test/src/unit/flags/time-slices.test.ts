import { TimeSlice } from "@vexil/flags/parse/time-slice";
import test from "ava";

const WORKS = 30;
const SLICES = 3;

test.serial("however much long work there is at once, others get their turn after each slice of it", async (t) => {
  const begun: number[] = [];
  let turns = 0;
  let isOver = false;
  const others = (): void => {
    turns += 1;
    if (!isOver) setImmediate(others);
  };
  const work = async (): Promise<void> => {
    const slice = new TimeSlice();
    for (let passed = 0; passed < SLICES; ) {
      if (!slice.due) continue;
      await slice.next();
      passed += 1;
      begun.push(turns);
    }
  };
  setImmediate(others);
  await Promise.all(Array.from({ length: WORKS }, work));
  isOver = true;
  t.is(begun.length, WORKS * SLICES);
  const inOneTurn = begun.map((turn) => begun.filter((one) => one === turn).length);
  t.is(Math.max(...inOneTurn), 1);
});
