import assert from "node:assert/strict";
import { CLOSE_MS } from "../backend-session.js";
import { type ConformanceCase, within } from "../conformance-case.js";
import { snapshotSample } from "../sink-samples.js";
import { type SinkRun, SinkSession } from "../sink-session.js";

/** Cases about states of environments, for sinks that take them. */
export function sinkSnapshotCases(run: SinkRun): readonly ConformanceCase[] {
  const one = (title: string, body: (session: SinkSession) => Promise<void>): ConformanceCase =>
    SinkSession.case(run, title, body);
  return [
    one("takes a state, byte for byte", async (session) => {
      const namespaces = { default: '{"text":"ä 😀 \\u2028"}', web: "{}" };
      await session.publish(await session.open(), snapshotSample("production", namespaces));
      assert.deepEqual((await session.published()).production, namespaces);
    }),
    one("takes a state of 2,000,000 characters, and one without any namespace", async (session) => {
      const sink = await session.open();
      const long = { default: JSON.stringify("x".repeat(2_000_000)) };
      await session.publish(sink, snapshotSample("production", long));
      assert.deepEqual((await session.published()).production, long);
      await session.publish(sink, snapshotSample("production", {}));
      assert.deepEqual((await session.published()).production ?? {}, {});
    }),
    one(
      "has the newest state take the place of the one before, and an older one that of the newest",
      async (session) => {
        const sink = await session.open();
        const states = [{ default: "1", web: "2" }, { default: "3" }, { default: "1", web: "2" }, { web: "4" }];
        for (const state of states) {
          await session.publish(sink, snapshotSample("production", state));
          assert.deepEqual((await session.published()).production, state);
        }
      },
    ),
    one("takes the same state again", async (session) => {
      const sink = await session.open();
      for (let time = 0; time < 3; time += 1)
        await session.publish(sink, snapshotSample("production", { default: "1" }));
      assert.deepEqual((await session.published()).production, { default: "1" });
    }),
    one("keeps environments apart", async (session) => {
      const sink = await session.open();
      const states = { production: { default: "1" }, staging: { default: "2", web: "1" } };
      for (const [name, state] of Object.entries(states)) await session.publish(sink, snapshotSample(name, state));
      assert.deepEqual(await session.published(), states);
    }),
    one("removes environments that are no more, and no others", async (session) => {
      const sink = await session.open();
      for (const name of ["production", "staging", "preview"]) {
        await session.publish(sink, snapshotSample(name, { default: name }));
      }
      await session.retain(sink, ["preview", "production", "never-seen"]);
      const left = { production: { default: "production" }, preview: { default: "preview" } };
      assert.deepEqual(await session.published(), left);
      await session.publish(sink, snapshotSample("staging", { default: "back" }));
      assert.deepEqual((await session.published()).staging, { default: "back" });
    }),
    one("keeps what was published when it is closed and opened again", async (session) => {
      const first = await session.open();
      await session.publish(first, snapshotSample("production", { default: "1" }));
      await first.close();
      const second = await session.open();
      await session.retain(second, ["production"]);
      assert.deepEqual((await session.published()).production, { default: "1" });
    }),
    one("ends soon when a state is called off, and takes the next", async (session) => {
      const sink = await session.open();
      const state = snapshotSample("production", { default: "1" });
      const off = new AbortController();
      const publishing = session.call(sink, "publish", (options) => sink.publish?.(state, options), off.signal);
      setImmediate(() => off.abort());
      await within(CLOSE_MS, "publish", () => publishing);
      await session.publish(sink, snapshotSample("production", { default: "2" }));
      assert.deepEqual((await session.published()).production, { default: "2" });
    }),
    one("closes while a state is being published, and hangs in no call afterwards", async (session) => {
      const sink = await session.open();
      const state = snapshotSample("production", { default: "1" });
      const publish = () => session.call(sink, "publish", (options) => sink.publish?.(state, options));
      const publishing = publish();
      await within(CLOSE_MS, "close", () => sink.close());
      await publishing;
      await publish();
      await session.call(sink, "retain", (options) => sink.retain?.(["production"], options));
    }),
  ];
}
