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

test("a user's commits are pushed once the write under way has ended", async (t) => {
  const turns = new PushTurns(stillClock().clock);
  const done: string[] = [];
  const end = turns.write();
  await turns.clear();
  const ahead = turns.ahead(async () => void done.push("ahead"));
  await nextTurn();
  t.deepEqual(done, []);
  done.push("write");
  end();
  end();
  await ahead;
  t.deepEqual(done, ["write", "ahead"]);
});

test("a write pushes once the push of a user's commits has ended, whatever became of it", async (t) => {
  const turns = new PushTurns(stillClock().clock);
  const done: string[] = [];
  const push = gate();
  const ahead = turns.ahead(() => push.opened.finally(() => done.push("ahead")));
  const end = turns.write();
  done.push("prepared");
  const written = turns.clear().then(() => done.push("write"));
  await nextTurn();
  t.deepEqual(done, ["prepared"]);
  push.fail(new Error("refused"));
  await t.throwsAsync(ahead, { message: "refused" });
  await written;
  end();
  t.deepEqual(done, ["prepared", "ahead", "write"]);
});

test("nobody waits for a push that hangs", async (t) => {
  const { clock, scheduler } = stillClock();
  const turns = new PushTurns(clock);
  turns.write();
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
