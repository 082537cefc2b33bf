import { setImmediate as turn } from "node:timers/promises";
import test from "ava";
import { madeTogether } from "../../../../daemon/dist/http/metrics/made-together.js";

/** Makes the numbers of its makings; the test says when each is done. */
function heldMaking() {
  const ends: ((error?: Error) => void)[] = [];
  const ask = madeTogether(() => {
    const number = ends.length;
    return new Promise<number>((resolve, reject) => {
      ends.push((error) => (error === undefined ? resolve(number) : reject(error)));
    });
  });
  return { ask, ends };
}

test("all who ask while a value is made share the next one, and who asks after that has another", async (t) => {
  const { ask, ends } = heldMaking();
  const first = ask();
  const shared = Array.from({ length: 100 }, ask);
  await turn();
  t.is(ends.length, 1);
  ends[0]?.();
  t.is(await first, 0);
  await turn();
  t.is(ends.length, 2);
  const later = ask();
  ends[1]?.();
  t.deepEqual(new Set(await Promise.all(shared)), new Set([1]));
  await turn();
  ends[2]?.();
  t.is(await later, 2);
  const alone = ask();
  ends[3]?.();
  t.is(await alone, 3);
});

test("a making that fails fails those who share it, and no others", async (t) => {
  const { ask, ends } = heldMaking();
  const first = ask();
  const second = ask();
  ends[0]?.(new Error("one"));
  await t.throwsAsync(first, { message: "one" });
  await turn();
  ends[1]?.();
  t.is(await second, 1);
});
