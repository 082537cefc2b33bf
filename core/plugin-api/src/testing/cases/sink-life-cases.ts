import assert from "node:assert/strict";
import { API_VERSION } from "../../plugin.js";
import { CLOSE_MS } from "../backend-session.js";
import { type ConformanceCase, conformanceCase, Skip, within } from "../conformance-case.js";
import { flagChange } from "../sink-samples.js";
import { type SinkRun, SinkSession } from "../sink-session.js";
import { nameCase, schemaCases } from "./schema-cases.js";
import { secretCase } from "./secret-case.js";

/** Cases about the default export and its schema. */
export function sinkDeclarationCases(run: SinkRun): readonly ConformanceCase[] {
  const { plugin } = run;
  return [
    conformanceCase("declares a sink of this API version", async () => {
      assert.equal(plugin.kind, "sink");
      assert.equal(plugin.apiVersion, API_VERSION);
    }),
    conformanceCase("says how many events it takes at once", async () => {
      const { batch, snapshots } = plugin.capabilities;
      const fewest = snapshots === true ? 0 : 1;
      assert.ok(Number.isInteger(batch) && batch >= fewest && batch <= 1000, `its batch is ${batch}`);
    }),
    nameCase(plugin),
    ...schemaCases(plugin, (title, body) => SinkSession.case(run, title, ({ raw }) => body(raw))),
  ];
}

/** Making, closing, and what is seen of secrets. The last case looks at what all before it left behind. */
export function sinkLifeCases(run: SinkRun): readonly ConformanceCase[] {
  return [
    SinkSession.case(run, "says how long a delivery may take, if it does", async (session) => {
      const { deliverMs } = await session.open();
      assert.ok(deliverMs === undefined || (deliverMs >= 1 && deliverMs <= 300_000), `deliverMs is ${deliverMs}`);
    }),
    SinkSession.case(run, "delivers nothing by an examination, if it has one", async (session) => {
      const sink = await session.open();
      if (sink.examine === undefined) throw new Skip("it cannot be examined");
      const found = await session.examine(sink);
      assert.ok(found === undefined || (typeof found === "string" && found !== ""), `examine resolves to ${found}`);
      if (run.plugin.capabilities.batch === 0) return;
      await session.deliver(sink, [flagChange("before")]);
      const before = await session.arrived();
      await session.examine(sink);
      assert.deepEqual(await session.arrived(), before);
    }),
    SinkSession.case(run, "ends soon when it is aborted before it begins", async (session) => {
      const sink = await session.open();
      await within(CLOSE_MS, "deliver", () => session.attempt(sink, [flagChange("aborted")], AbortSignal.abort()));
    }),
    SinkSession.case(run, "ends soon when it is aborted under way", async (session) => {
      const sink = await session.open();
      const controller = new AbortController();
      const delivering = session.attempt(sink, [flagChange("under way")], controller.signal);
      setImmediate(() => controller.abort());
      await within(CLOSE_MS, "deliver", () => delivering);
    }),
    SinkSession.case(run, "goes on after a delivery that was aborted", async (session) => {
      const sink = await session.open();
      await session.attempt(sink, [flagChange("first")], AbortSignal.abort());
      await session.deliver(sink, [flagChange("second")]);
    }),
    SinkSession.case(run, "keeps what was delivered when it is closed and opened again", async (session) => {
      const first = await session.open();
      await session.deliver(first, [flagChange("before")]);
      await first.close();
      await session.deliver(await session.open(), [flagChange("afterwards")]);
      const ids = (await session.arrived()).map((event) => (event as { id?: unknown }).id);
      assert.deepEqual(ids.slice(-2), [flagChange("before").id, flagChange("afterwards").id]);
    }),
    SinkSession.case(run, "closes twice, and at the same time, also unused", async (session) => {
      const sink = await session.open();
      await within(CLOSE_MS, "close", () => Promise.all([sink.close(), sink.close()]));
      await within(CLOSE_MS, "close", () => sink.close());
    }),
    SinkSession.case(run, "closes while a delivery is under way", async (session) => {
      const sink = await session.open();
      const delivering = session.attempt(sink, [flagChange("while closing")], new AbortController().signal);
      await within(CLOSE_MS, "close", () => sink.close());
      await delivering;
    }),
    SinkSession.case(run, "hangs in no call after it was closed", async (session) => {
      const sink = await session.open();
      await sink.close();
      await session.attempt(sink, [flagChange("closed")]);
    }),
    secretCase(run),
  ];
}
