import { setImmediate as turn } from "node:timers/promises";
import { SharedLook } from "@vexil/engine/operators/shared-look";
import test from "ava";

/** Looks that find their number; the test says when each is done. */
function heldLooks() {
  const ends: ((error?: Error) => void)[] = [];
  const looks = new SharedLook(() => {
    const number = ends.length;
    return new Promise<number>((resolve, reject) => {
      ends.push((error) => (error === undefined ? resolve(number) : reject(error)));
    });
  });
  return { looks, ends };
}

test("all who ask during a look share the next one, and who asks after that has another", async (t) => {
  const { looks, ends } = heldLooks();
  const first = looks.take();
  await turn();
  const shared = Array.from({ length: 100 }, () => looks.take());
  await turn();
  t.is(ends.length, 1);
  ends[0]?.();
  t.is(await first, 0);
  await turn();
  t.is(ends.length, 2);
  const later = looks.take();
  ends[1]?.();
  t.deepEqual(new Set(await Promise.all(shared)), new Set([1]));
  await turn();
  ends[2]?.();
  t.is(await later, 2);
  const alone = looks.take();
  await turn();
  ends[3]?.();
  t.is(await alone, 3);
});

test("a look that fails fails those who share it, and no others", async (t) => {
  const { looks, ends } = heldLooks();
  const first = looks.take();
  await turn();
  const second = looks.take();
  ends[0]?.(new Error("one"));
  await t.throwsAsync(first, { message: "one" });
  await turn();
  ends[1]?.();
  t.is(await second, 1);
});
