import assert from "node:assert/strict";
import type { SinkEvent } from "../../sink-event.js";
import type { ConformanceCase } from "../conformance-case.js";
import { eventSamples, flagChange } from "../sink-samples.js";
import { type SinkRun, SinkSession } from "../sink-session.js";

/** As JSON has it: members that are undefined are none. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const idsOf = (events: readonly unknown[]): readonly unknown[] => events.map((event) => (event as SinkEvent).id);
const some = (count: number, seed: string): readonly SinkEvent[] =>
  Array.from({ length: count }, (_, index) => flagChange(`${seed} ${index}`, { key: `flag-${index}` }));

/** Cases about what is delivered. */
export function sinkDeliveryCases(run: SinkRun): readonly ConformanceCase[] {
  const { batch } = run.plugin.capabilities;
  const kinds = [...eventSamples()].map(([what, event]) =>
    SinkSession.case(run, `takes ${what}`, async (session) => {
      await session.deliver(await session.open(), [event]);
      assert.deepEqual((await session.arrived()).at(-1), plain(event));
    }),
  );
  return [
    ...kinds,
    SinkSession.case(run, "takes a whole batch at once, in order", async (session) => {
      const events = some(batch, "batch");
      await session.deliver(await session.open(), events);
      assert.deepEqual(idsOf(await session.arrived()).slice(-batch), idsOf(events));
    }),
    SinkSession.case(run, "takes one after the other, in order", async (session) => {
      const sink = await session.open();
      const events = some(20, "single");
      for (const event of events) await session.deliver(sink, [event]);
      assert.deepEqual(idsOf(await session.arrived()).slice(-20), idsOf(events));
    }),
    SinkSession.case(run, "takes batches of different sizes, in order", async (session) => {
      const sink = await session.open();
      const events = some(60, "mixed");
      for (let at = 0, size = 1; at < events.length; size = (size % 7) + 1) {
        const next = Math.min(at + Math.min(size, batch), events.length);
        await session.deliver(sink, events.slice(at, next));
        at = next;
      }
      assert.deepEqual(idsOf(await session.arrived()).slice(-60), idsOf(events));
    }),
    SinkSession.case(run, "takes the same event again", async (session) => {
      const sink = await session.open();
      const event = flagChange("again");
      for (let time = 0; time < 3; time += 1) await session.deliver(sink, [event]);
      assert.ok(idsOf(await session.arrived()).includes(event.id));
    }),
    SinkSession.case(run, "takes a batch again of which it has taken a part", async (session) => {
      const sink = await session.open();
      const events = some(Math.min(4, batch), "part");
      await session.deliver(sink, events.slice(0, 2));
      await session.deliver(sink, events);
      const ids = idsOf(await session.arrived());
      for (const id of idsOf(events)) assert.ok(ids.includes(id), "an event of the repeated batch did not arrive");
    }),
    SinkSession.case(run, "leaves events as they are", async (session) => {
      const events = [...eventSamples().values()].slice(0, batch);
      const before = JSON.stringify(events);
      await session.deliver(await session.open(), events.map(frozen));
      assert.equal(JSON.stringify(events), before);
    }),
    SinkSession.case(run, "keeps nothing of events that the host changes later", async (session) => {
      const events = [{ ...flagChange("later") }];
      await session.deliver(await session.open(), events);
      const id = events[0]?.id;
      events[0] = { ...flagChange("other"), key: "another" };
      assert.equal(idsOf(await session.arrived()).at(-1), id);
    }),
  ];
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
