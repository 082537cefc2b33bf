import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, systemClock } from "@vexil/engine/model/clock";
import { PushTurns } from "@vexil/engine/storage/write/push-turns";
import test from "ava";
import { VirtualTimeScheduler } from "rxjs";

/** A promise that is settled from outside. */
function gate(): { readonly opened: Promise<void>; open(): void; fail(error: Error): void } {
  let open = (): void => {};
  let fail = (_error: Error): void => {};
  const opened = new Promise<void>((resolve, reject) => {
    [open, fail] = [resolve, reject];
  });
  return { opened, open: () => open(), fail: (error) => fail(error) };
}

/** A clock that stands still until its scheduler is flushed. */
function stillClock(): { readonly clock: Clock; readonly scheduler: VirtualTimeScheduler } {
  const scheduler = new VirtualTimeScheduler();
  return { clock: { ...systemClock, scheduler }, scheduler };
}

test("a person's commits are pushed once the write under way has ended, whatever became of it", async (t) => {
  const turns = new PushTurns(stillClock().clock);
  const done: string[] = [];
  const write = gate();
  const written = turns.write(async () => {
    await turns.clear();
    await write.opened;
    done.push("write");
  });
  const ahead = turns.ahead(async () => void done.push("ahead"));
  await nextTurn();
  t.deepEqual(done, []);
  write.fail(new Error("refused"));
  await t.throwsAsync(written, { message: "refused" });
  await ahead;
  t.deepEqual(done, ["ahead"]);
});

test("a write pushes once the push of a person's commits has ended, whatever became of it", async (t) => {
  const turns = new PushTurns(stillClock().clock);
  const done: string[] = [];
  const push = gate();
  const ahead = turns.ahead(() => push.opened.finally(() => done.push("ahead")));
  const written = turns.write(async () => {
    done.push("prepared");
    await turns.clear();
    done.push("write");
    return 1;
  });
  await nextTurn();
  t.deepEqual(done, ["prepared"]);
  push.fail(new Error("refused"));
  await t.throwsAsync(ahead, { message: "refused" });
  t.is(await written, 1);
  t.deepEqual(done, ["prepared", "ahead", "write"]);
});

test("nobody waits for a push that hangs", async (t) => {
  const { clock, scheduler } = stillClock();
  const turns = new PushTurns(clock);
  void turns.write(() => new Promise(() => {}));
  let pushed = false;
  const ahead = turns.ahead(async () => {
    pushed = true;
  });
  await nextTurn();
  t.false(pushed);
  scheduler.flush();
  await ahead;
  t.true(pushed);
});
