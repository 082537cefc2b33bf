import { type Sink, VexilError } from "@vexil/plugin-api";
import { flagChange, RecordingLogger } from "@vexil/plugin-api/testing";
import otlp from "@vexil/sink-otlp";
import { otlpSettings } from "@vexil/sink-otlp/settings";
import test from "ava";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { startOtlpReceiver } from "../helpers/network/otlp-receiver.js";

const { signal } = new AbortController();

async function opened(t: Scope, settings: Readonly<Record<string, unknown>>): Promise<Sink> {
  const context = { sink: { name: "changes" }, configDirectory: "/", logger: new RecordingLogger(), redact: () => {} };
  const sink = await otlp.create(otlpSettings.parse(settings), { ...context, signal });
  t.teardown(() => sink.close());
  return sink;
}

test("an event is a record whose body is all of it, and whose attributes say what it is about", async (t) => {
  const receiver = await startOtlpReceiver(t);
  const sink = await opened(t, { endpoint: `${receiver.endpoint}/` });
  const event = flagChange("one");
  await sink.deliver([event], { signal });
  const [record, ...others] = receiver.records;
  t.is(others.length, 0);
  t.like(record, { event: "vexil.change", severity: 9 });
  t.deepEqual(JSON.parse(String(record?.body)), event);
  t.like(record?.attributes, { "vexil.sink": "changes", "vexil.event.id": event.id, "vexil.key": event.key });
  t.is(receiver.requests[0]?.url, "/v1/logs");
});

test("events that a collector has not said yes to are not taken: it hangs, fails, or is not there", async (t) => {
  const receiver = await startOtlpReceiver(t);
  const sink = await opened(t, { endpoint: receiver.endpoint });
  const away = await opened(t, { endpoint: "http://127.0.0.1:1" });
  const failure = async (to: Sink, deadline = signal): Promise<VexilError> => {
    const error = await t.throwsAsync(to.deliver([flagChange("one")], { signal: deadline }));
    if (!VexilError.is(error)) throw new Error(`no VexilError: ${error}`);
    return error;
  };
  receiver.answering = "never";
  t.is((await failure(sink, AbortSignal.timeout(300))).code, "VEXIL_UNAVAILABLE_SINK");
  receiver.answering = "500";
  t.regex((await failure(sink)).message, /it answers 500$/);
  t.is((await failure(away, AbortSignal.timeout(300))).code, "VEXIL_UNAVAILABLE_SINK");
  receiver.answering = "well";
  await sink.deliver([flagChange("two")], { signal });
  t.is(receiver.records.length, 1);
});

test("an endpoint with a password is refused, since it would be shown", (t) => {
  for (const endpoint of ["https://u:canary@h", "https://h/?token=canary", "ftp://h", "h:4318"]) {
    const { success, error } = otlpSettings.safeParse({ endpoint });
    t.false(success, endpoint);
    t.false(String(error).includes("canary"));
  }
});
