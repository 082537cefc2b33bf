import { readFile } from "node:fs/promises";
import { eventually, type RunningDaemon } from "../helpers/daemon/daemon.js";
import { evaluate, telemetryDaemon } from "../helpers/daemon/telemetry-daemon.js";
import { testsInTurn } from "../helpers/runner/a-few-at-once.js";

const test = testsInTurn(3);
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const CALLER = "b7ad6b7169203331";

/** How many of a signal came to that. */
async function itemsOf(daemon: RunningDaemon, signal: string, result: string): Promise<number> {
  const { body } = await daemon.get("/metrics");
  return Number(new RegExp(`telemetry_items_total{signal="${signal}",result="${result}"} (\\d+)`).exec(body)?.[1]);
}

for (const answering of ["never", "500", "100 MB", "slowly", "refused"] as const) {
  test(`a collector that fails costs no answer, and one line (${answering})`, async (t) => {
    const { daemon, receiver } = await telemetryDaemon(t, {
      env: {
        OTEL_EXPORTER_OTLP_TIMEOUT: "500",
        OTEL_BSP_MAX_QUEUE_SIZE: "20",
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "10",
        OTEL_BSP_EXPORT_TIMEOUT: "1000",
        OTEL_LOGS_EXPORTER: "none",
        ...(answering === "refused" ? { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" } : {}),
      },
      config: { metrics: {} },
    });
    if (answering !== "refused") receiver.answering = answering;
    for (let round = 0; round < 60; round += 1) t.is((await evaluate(daemon)).status, 200);
    const items = (result: string) => itemsOf(daemon, "traces", result);
    if (answering !== "slowly") {
      await daemon.line(({ event }) => event === "telemetry.failed");
      await eventually(
        () => items("failed"),
        (count) => count >= 10,
      );
      for (let round = 0; round < 5; round += 1) await evaluate(daemon);
      t.is(daemon.lines.filter(({ event }) => event === "telemetry.failed").length, 1);
    }
    await eventually(
      () => items("dropped"),
      (count) => count > 0 || answering === "100 MB" || answering === "500" || answering === "refused",
    );
    t.is((await evaluate(daemon)).status, 200);
    t.is(await daemon.stop(), 0);
  });
}

test("a collector that is there again gets what comes then, and a line says so", async (t) => {
  const { daemon, receiver, span } = await telemetryDaemon(t, { env: { OTEL_EXPORTER_OTLP_TIMEOUT: "3000" } });
  await span("poll");
  receiver.answering = "500";
  await evaluate(daemon);
  await daemon.line(({ event, signal }) => event === "telemetry.failed" && signal === "traces");
  receiver.answering = "well";
  await evaluate(daemon);
  await daemon.line(({ event, signal }) => event === "telemetry.recovered" && signal === "traces");
  t.is((await span("POST /evaluate/v1/boolean")).attributes["http.response.status_code"], 200);
});

for (const grpc of [false, true]) {
  test(`what a collector takes and does not keep is counted, and told once (${grpc ? "gRPC" : "HTTP"})`, async (t) => {
    const env = grpc ? { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" } : {};
    const { daemon, receiver, span } = await telemetryDaemon(t, { env, grpc });
    await span("poll");
    t.is(await itemsOf(daemon, "traces", "rejected"), 0);
    receiver.partial = { rejected: 1, message: `too much of http://u:canary@h ${"x".repeat(1000)}` };
    const told = ["traces", "metrics", "logs"].map((signal) =>
      daemon.line((line) => line.event === "telemetry.rejected" && line.signal === signal),
    );
    for (const signal of ["traces", "metrics", "logs"]) {
      await eventually(
        async () => {
          await evaluate(daemon);
          return itemsOf(daemon, signal, "rejected");
        },
        (count) => count > 1,
      );
    }
    for (const line of await Promise.all(told)) {
      t.like(line, { level: "warn", items: 1 });
      t.regex(String(line.reason), /^too much of (?!.*canary).{0,190}x$/);
    }
    t.is(daemon.lines.filter(({ event }) => event === "telemetry.rejected").length, 3);
    t.false(daemon.lines.some(({ event }) => event === "telemetry.failed"));
  });
}

test("a worker that is killed takes no other's spans along", async (t) => {
  const { daemon, receiver } = await telemetryDaemon(t, { workers: 2 });
  await evaluate(daemon, { connection: "close" });
  const died = daemon.line(({ event }) => event === "worker.died");
  const [pid] = (await workersOf(daemon)) as [number];
  process.kill(pid, "SIGKILL");
  await died;
  const before = receiver.spans.length;
  for (let round = 0; round < 10; round += 1) {
    t.is((await evaluate(daemon, { connection: "close", traceparent: `00-${TRACE}-${CALLER}-01` })).status, 200);
  }
  await eventually(
    async () => receiver.spans.slice(before).filter(({ traceId }) => traceId === TRACE).length,
    (count) => count === 10,
  );
});

async function workersOf(daemon: RunningDaemon): Promise<readonly number[]> {
  const pid = daemon.child.pid;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  const found: number[] = [];
  for (const child of children.trim().split(" ").map(Number)) {
    if ((await readFile(`/proc/${child}/cmdline`, "utf8")).includes("/worker.js")) found.push(child);
  }
  return found;
}
