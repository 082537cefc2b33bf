import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { type Sink, VexilError } from "@vexil/plugin-api";
import { flagChange, RecordingLogger } from "@vexil/plugin-api/testing";
import otlp from "@vexil/sink-otlp";
import { otlpSettings } from "@vexil/sink-otlp/settings";
import test from "ava";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startOtlpReceiver } from "../helpers/network/otlp-receiver.js";

const { signal } = new AbortController();
const NOWHERE = "the collector cannot be reached: its address";

async function opened(
  t: Scope,
  settings: Readonly<Record<string, unknown>>,
  logger = new RecordingLogger(),
): Promise<Sink> {
  const context = { sink: { name: "changes" }, configDirectory: "/", logger, redact: () => {} };
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

for (const protocol of ["http/protobuf", "http/json", "grpc"]) {
  test(`records that a collector says yes to and does not keep are told, and not sent again (${protocol})`, async (t) => {
    const receiver = await startOtlpReceiver(t, { grpc: protocol === "grpc" });
    const logger = new RecordingLogger();
    const sink = await opened(t, { endpoint: receiver.endpoint, protocol }, logger);
    await sink.deliver([flagChange("one")], { signal });
    t.deepEqual(logger.lines, []);
    receiver.partial = { rejected: 2, message: `no room ${"x".repeat(1000)}` };
    await sink.deliver([flagChange("two"), flagChange("three"), flagChange("four")], { signal });
    t.is(receiver.requests.length, 2);
    const [rejected, ...more] = logger.lines;
    t.deepEqual(more, []);
    t.like(rejected, { level: "warn", event: "records.rejected" });
    t.like(rejected?.fields, { sink: "changes", records: 2, reason: `no room ${"x".repeat(192)}` });
    receiver.partial = { rejected: 0, message: "old attributes" };
    for (const id of ["five", "six"]) await sink.deliver([flagChange(id)], { signal });
    t.deepEqual(
      logger.lines.slice(1).map(({ event, fields }) => ({ event, fields })),
      [{ event: "collector.warned", fields: { sink: "changes", reason: "old attributes" } }],
    );
  });
}

test.serial("it is examined where its exporter connects to, whatever the standard variables are like", async (t) => {
  const listening = async (place: { readonly path: string } | { readonly port: number; readonly host: string }) => {
    const server = createServer((socket) => socket.destroy());
    t.teardown(() => server.close());
    await new Promise<void>((resolve) => server.listen(place, resolve));
    return server.address() as AddressInfo;
  };
  const { port } = await listening({ port: 0, host: "127.0.0.1" });
  const path = join(await temporaryDirectory(t), "otel sock");
  await listening({ path });
  const examined = async (protocol: string, general: string, own = ""): Promise<string> => {
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = general;
    process.env.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT = own;
    try {
      const sink = await opened(t, { protocol });
      return (await sink.examine?.({ signal: AbortSignal.timeout(10_000) })) ?? "";
    } catch (error) {
      return (error as Error).message;
    } finally {
      delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
      delete process.env.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT;
    }
  };
  const reached = `http://127.0.0.1:${port} can be reached`;
  const closed = "127.0.0.1:1 cannot be reached: ECONNREFUSED";
  t.is(await examined("http/json", ` http://u:canary@127.0.0.1:${port}/x `), reached);
  t.is(await examined("http/json", "http://127.0.0.1:1", `http://127.0.0.1:${port}`), reached);
  t.is(await examined("http/json", `http://127.0.0.1:${port}`, " "), reached);
  const scheme = "has to begin with http: or https:";
  t.is(await examined("http/json", `ftp://127.0.0.1:${port}`), `${NOWHERE} begins with ftp:, and ${scheme}`);
  t.is(await examined("http/json", `unix://${path}`), `${NOWHERE} begins with unix:, and ${scheme}`);
  t.is(await examined("grpc", `127.0.0.1:${port}`), reached);
  t.is(await examined("grpc", `grpc://127.0.0.1:${port}`), reached);
  t.is(await examined("grpc", "grpc://127.0.0.1:1"), closed);
  t.is(await examined("grpc", `unix://${path}`), `unix://${path.replace(" ", "%20")} can be reached`);
  t.is(await examined("grpc", `unix://${path}-gone`), `${path}-gone cannot be reached: ENOENT`);
});

test("an endpoint with a password is refused, since it would be shown", (t) => {
  for (const endpoint of ["https://u:canary@h", "https://h/?token=canary", "ftp://h", "h:4318"]) {
    const { success, error } = otlpSettings.safeParse({ endpoint });
    t.false(success, endpoint);
    t.false(String(error).includes("canary"));
  }
});
