import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { MetricSource } from "../../../../daemon/dist/telemetry/metric-data.js";
import { wantedSignals, workerVariables } from "../../../../daemon/dist/telemetry/signals.js";

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "..", "daemon", "src");
const OFF = { telemetry: { traces: false, metrics: false } };
const ON = { telemetry: { traces: true, metrics: true } };

test("nothing of OpenTelemetry is loaded until it is asked for: no file outside its folder imports its code", (t) => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const outside = files.filter((file) => !file.startsWith(`telemetry${sep}`));
  t.true(outside.length > 200 && files.length > outside.length);
  const wrong = [...outside, join("telemetry", "start-telemetry.ts"), join("telemetry", "signals.ts")].filter(
    (file) => {
      const text = readFileSync(join(SOURCE, file), "utf8");
      const imported = [...text.matchAll(/^import (?!type\b)[^;]*? from "([^"]+)";/gm)].map(([, name = ""]) => name);
      return imported.some(
        (name) =>
          name.startsWith("@opentelemetry/") ||
          (/(^|\/)telemetry\//.test(name) && !name.endsWith("/start-telemetry.js")) ||
          (file.startsWith("telemetry") && name.startsWith("./") && name !== "./signals.js"),
      );
    },
  );
  t.deepEqual(
    wrong.map((file) => relative(".", file)),
    [],
  );
});

test("the configuration and the standard variables say which signals are sent", (t) => {
  t.is(wantedSignals(OFF, {}), undefined);
  t.deepEqual(wantedSignals(ON, {}), { traces: true, metrics: true, logs: false });
  t.deepEqual(wantedSignals(OFF, { OTEL_LOGS_EXPORTER: "otlp" }), { traces: false, metrics: false, logs: true });
  t.deepEqual(wantedSignals(ON, { OTEL_TRACES_EXPORTER: "none" }), { traces: false, metrics: true, logs: false });
  t.is(wantedSignals(ON, { OTEL_SDK_DISABLED: "TRUE" }), undefined);
  t.is(wantedSignals(ON, { OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" }), undefined);
});

test("a worker is told how to sample, and where nothing is sent to", (t) => {
  const env = {
    OTEL_TRACES_SAMPLER: "traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0.5",
    OTEL_SPAN_EVENT_COUNT_LIMIT: "5",
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=canary",
    OTEL_EXPORTER_OTLP_ENDPOINT: "https://u:canary@h",
    OTEL_RESOURCE_ATTRIBUTES: "a=b",
  };
  t.deepEqual(Object.keys(workerVariables(env)), [
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
  ]);
});

test("histograms of /metrics become histograms whose buckets count what is between two bounds", async (t) => {
  const source = new MetricSource();
  t.deepEqual((await source.collect()).resourceMetrics.scopeMetrics, []);
  const bucket = (le: string, value: number) => ({ metricName: "h_seconds_bucket", labels: { le, a: "x" }, value });
  const family = {
    name: "h_seconds",
    help: "How long.",
    type: "histogram" as const,
    samples: [
      bucket("0.5", 1),
      bucket("1", 4),
      bucket("+Inf", 6),
      { metricName: "h_seconds_sum", labels: { a: "x" }, value: 9.5 },
      { metricName: "h_seconds_count", labels: { a: "x" }, value: 6 },
    ],
  };
  source.from(async () => [family]);
  const [metric] = (await source.collect()).resourceMetrics.scopeMetrics[0]?.metrics ?? [];
  t.like(metric?.descriptor, { name: "h_seconds", unit: "s" });
  const [point, ...others] = metric?.dataPoints ?? [];
  t.is(others.length, 0);
  t.deepEqual(point?.attributes, { a: "x" });
  t.deepEqual(point?.value, { buckets: { boundaries: [0.5, 1], counts: [1, 3, 2] }, sum: 9.5, count: 6 });
});
