import { Takeovers } from "@vexil/engine/storage/takeovers";
import test from "ava";
import { VirtualClock } from "../../helpers/machine/virtual-clock.js";

test("a takeover is waited for until it is over, and no longer than whoever waits has time", async (t) => {
  const clock = new VirtualClock();
  const takeovers = new Takeovers();
  const end = takeovers.begin("main");
  const done: string[] = [];
  const wait = (name: string, mostMs?: number): Promise<unknown> =>
    takeovers.wait("main", clock, mostMs).then(() => done.push(name));
  const all = [wait("two seconds", 2_000), wait("a minute", 60_000), wait("any time")];
  await clock.pass(2_000);
  t.deepEqual(done, ["two seconds"]);
  t.is(takeovers.waitingFor("main"), 2);
  await clock.pass(8_000);
  t.deepEqual(done, ["two seconds", "a minute", "any time"]);
  const last = wait("the end");
  end();
  await Promise.all([...all, last]);
  t.is(done.at(-1), "the end");
  t.false(takeovers.isUnderWay("main"));
});
