import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DroppedEvents } from "@vexil/engine/sinks/dropped-events";
import { eventBatches } from "@vexil/engine/sinks/event-batches";
import { eventFilter } from "@vexil/engine/sinks/event-filter";
import { KeptState } from "@vexil/engine/sinks/kept-state";
import { SinkAccount } from "@vexil/engine/sinks/sink-account";
import { SinkTarget } from "@vexil/engine/sinks/sink-target";
import { StateDelivery } from "@vexil/engine/sinks/state-delivery";
import { type SinkEvent, VexilError } from "@vexil/plugin-api";
import { eventSamples, flagChange } from "@vexil/plugin-api/testing";
import test, { type ExecutionContext } from "ava";
import { recorder } from "../helpers/daemon/recorder.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { VirtualClock } from "../helpers/machine/virtual-clock.js";

const NO_FILTER = { environments: undefined, namespaces: undefined, kinds: undefined, fields: undefined };

async function target(
  t: ExecutionContext,
  deliver: (events: readonly SinkEvent[]) => Promise<void>,
  maxAgeMs = 3_600_000,
) {
  const clock = new VirtualClock();
  const { logger, lines } = recorder();
  const path = join(await temporaryDirectory(t), "dropped.jsonl");
  const account = new SinkAccount("ci", "webhook", clock, logger);
  const [stop, cut] = [new AbortController(), new AbortController()];
  const made = { sink: { deliver, close: async () => {} }, capabilities: { batch: 10 } };
  const dropped = new DroppedEvents(path);
  const config = { name: "ci", maxAgeMs };
  const own = new SinkTarget({ config, made, account, dropped, clock, logger, cut: cut.signal, random: () => 1 });
  return { own, clock, lines, account, path, stop, cut };
}

const away = (details = {}): VexilError => new VexilError("VEXIL_UNAVAILABLE_SINK", "nobody is there", { details });

test("a delivery that fails is tried again, later each time, at most every 5 minutes, until it is taken", async (t) => {
  const tries: number[] = [];
  let fails = 12;
  const made = await target(
    t,
    async () => {
      tries.push(made.clock.elapsed());
      fails -= 1;
      if (fails >= 0) throw away();
    },
    1e9,
  );
  const done = made.own.deliver([flagChange("a")], made.stop.signal);
  await made.clock.pass(3_000_000);
  await done;
  const waits = tries.slice(1).map((at, index) => (at - (tries[index] ?? 0)) / 1000);
  t.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  t.deepEqual(
    made.lines.map(({ event }) => event),
    ["sink.failed", "sink.failed", "sink.recovered", "sink.delivered"],
  );
  t.like(made.account.status(), { state: "ready", delivered: 1, failed: 12, dropped: 0 });
});

test("what a sink does to the events of a delivery that fails is not in the next", async (t) => {
  const given: string[][] = [];
  const made = await target(t, async (events) => {
    given.push(events.map((event) => event.id));
    const queue = events as SinkEvent[];
    for (const event of queue) Object.assign(event, { id: "other" });
    while (queue.length > 0) if (queue.shift() !== undefined && queue.length === 1 && given.length === 1) throw away();
  });
  const events = ["a", "b", "c"].map((seed) => flagChange(seed));
  const ids = events.map(({ id }) => id);
  const done = made.own.deliver(events, made.stop.signal);
  await made.clock.pass(10_000);
  await done;
  t.deepEqual(given, [ids, ids]);
  t.like(made.account.status(), { delivered: 3, dropped: 0 });
});

test("a target that asks to be left alone is, by all that is delivered to it", async (t) => {
  const tries: number[] = [];
  const made = await target(t, async () => {
    tries.push(made.clock.elapsed());
    if (tries.length === 1) throw away({ retryAfterMs: 90_000 });
  });
  const first = made.own.deliver([flagChange("a")], made.stop.signal);
  await made.clock.settle();
  const second = made.own.deliver([flagChange("b")], made.stop.signal);
  await made.clock.pass(89_000);
  t.is(tries.length, 1);
  t.like(made.account.status(), { state: "failing", lastError: { message: "nobody is there" } });
  await made.clock.pass(2_000);
  await Promise.all([first, second]);
  t.is(tries.length, 3);
});

test("what cannot be delivered in its time is put aside on the disk, and what comes after it goes on", async (t) => {
  const taken: string[] = [];
  const made = await target(
    t,
    async (events) => {
      if (events.some(({ id }) => id === flagChange("bad").id)) throw away();
      taken.push(...events.map(({ id }) => id));
    },
    60_000,
  );
  const done = made.own.deliver([flagChange("bad"), flagChange("with it")], made.stop.signal);
  await made.clock.pass(200_000);
  await done;
  await made.own.deliver([flagChange("next")], made.stop.signal);
  t.deepEqual(taken, [flagChange("next").id]);
  const kept = (await readFile(made.path, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  t.deepEqual(
    kept.map(({ event }) => event.id),
    [flagChange("bad").id, flagChange("with it").id],
  );
  t.like(kept[0], { code: "VEXIL_UNAVAILABLE_SINK", message: "nobody is there" });
  t.is(made.lines.filter(({ event }) => event === "sink.dropped").length, 2);
  t.like(made.account.status(), { dropped: 2, delivered: 1 });
});

test("of a batch that is refused the events that are taken are taken, and the others are put aside at once", async (t) => {
  const taken: string[] = [];
  const made = await target(t, async (events) => {
    if (events.some(({ id }) => id === flagChange("bad").id)) throw new VexilError("VEXIL_REFUSED_EVENT", "never");
    taken.push(...events.map(({ id }) => id));
  });
  await made.own.deliver(
    ["a", "bad", "b"].map((seed) => flagChange(seed)),
    made.stop.signal,
  );
  t.deepEqual(taken, [flagChange("a").id, flagChange("b").id]);
  t.is((await readFile(made.path, "utf8")).trim().split("\n").length, 1);
});

test("deliveries come one at a time; at the end none begins, and one under way has its time until it is cut", async (t) => {
  let [running, most] = [0, 0];
  let release: () => void = () => undefined;
  const made = await target(t, async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    running -= 1;
  });
  const first = made.own.deliver([flagChange("a")], made.stop.signal);
  const second = made.own.deliver([flagChange("b")], made.stop.signal);
  await made.clock.settle();
  made.stop.abort(new Error("stopping"));
  release();
  await first;
  await t.throwsAsync(second, { message: "stopping" });
  t.is(most, 1);
});

test("a filter keeps what it names, by environment, namespace, kind, type and field", (t) => {
  const { environments: _, ...rest } = NO_FILTER;
  const ids = (filter: Partial<typeof NO_FILTER> | object): number =>
    [...eventSamples().values()].filter(eventFilter({ ...NO_FILTER, ...filter })).length;
  const all = eventSamples().size;
  t.is(ids({}), all);
  t.is(ids({ kinds: ["storage"] }), 2);
  t.is(ids({ kinds: ["segment", "gap"] }), 2);
  t.is(ids({ kinds: ["change"] }), 9);
  // States of storages belong to no environment.
  t.is(ids({ environments: ["staging"] }), 2);
  t.is(ids({ environments: ["prod*"] }), all);
  t.is(ids({ environments: ["*d*c*on"] }), all);
  t.is(ids({ namespaces: ["ops"] }), 2 + 1 + 2);
  t.is(ids({ kinds: ["flag"], fields: ["enabled"] }), 7);
  t.is(ids({ kinds: ["flag"], fields: ["description"] }), 3);
  const wanted = eventFilter({ ...rest, environments: ["a*a"] });
  t.false(wanted(flagChange("x", { environment: "a" })));
  t.true(wanted(flagChange("x", { environment: "aa" })));
  const slow = eventFilter({ ...rest, environments: [`${"*a".repeat(8)}b`] });
  t.false(slow(flagChange("x", { environment: "a".repeat(100_000) })));
});

test("batches have as many events as a sink takes, and a megabyte at most; what they hold is nobody else's", async (t) => {
  async function* events() {
    for (let index = 0; index < 25; index += 1)
      yield flagChange(`e${index}`, index > 20 ? { subject: "x".repeat(600_000) } : {});
  }
  const sizes: number[] = [];
  const original = flagChange("e0");
  for await (const batch of eventBatches(events(), ({ id }) => id !== flagChange("e3").id, 10)) {
    sizes.push(batch.length);
    for (const event of batch) if (event.kind === "change") t.not(event.after, original.after);
  }
  t.deepEqual(sizes, [10, 10, 1, 1, 1, 1].slice(0, sizes.length));
  t.is(
    sizes.reduce((sum, size) => sum + size, 0),
    24,
  );
});

test("states of a storage are told as they change, with the same id when they are told again, and none twice after a restart", async (t) => {
  const clock = new VirtualClock();
  const path = join(await temporaryDirectory(t), "main.json");
  const open = async () =>
    new StateDelivery("main", await KeptState.open(path, (error) => t.fail(String(error))), clock);
  const taken: SinkEvent[] = [];
  let isAway = true;
  const sink = {
    deliver: async (events: readonly SinkEvent[]): Promise<void> => {
      taken.push(...events);
      if (isAway) throw away();
    },
  } as unknown as SinkTarget;
  const run = (states: StateDelivery) => states.run(sink, () => true, new AbortController().signal);
  const error = { code: "VEXIL_AUTH_REJECTED", step: "auth" as const, message: "refused", at: 1 };
  const first = await open();
  t.false(first.see({ state: "starting", lastError: undefined }));
  t.false(first.see({ state: "ready", lastError: error }));
  t.true(first.see({ state: "failed", lastError: error }));
  await t.throwsAsync(run(first));
  // Killed: the next one sees the same difference.
  const second = await open();
  t.true(second.see({ state: "failed", lastError: error }));
  isAway = false;
  await run(second);
  const [before, again] = taken;
  t.is(again?.id, before?.id);
  t.like(again, { kind: "storage", before: "ready", after: "failed", error: { code: "VEXIL_AUTH_REJECTED" } });
  const third = await open();
  t.false(third.see({ state: "failed", lastError: error }));
  t.true(third.see({ state: "ready", lastError: undefined }));
  t.true(third.see({ state: "stale", lastError: error }));
  await run(third);
  t.deepEqual(
    taken.slice(2).map((event) => event.kind === "storage" && [event.before, event.after]),
    [
      ["failed", "ready"],
      ["ready", "stale"],
    ],
  );
  t.is(new Set(taken.slice(1).map(({ id }) => id)).size, 3);
});
