import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { PushMetricExporter } from "@opentelemetry/sdk-metrics";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Signal } from "./signals.js";
import type { Exporter } from "./watched-exporter.js";

/** A module of CommonJS has its names in `default` where it was bundled. */
type Made<Name extends string, Exporting> = Readonly<Record<Name, new () => Exporting>> & {
  readonly default?: unknown;
};

const TRACES: Protocols<"OTLPTraceExporter", Exporter<ReadableSpan[]>> = {
  "http/protobuf": () => import("@opentelemetry/exporter-trace-otlp-proto"),
  "http/json": () => import("@opentelemetry/exporter-trace-otlp-http"),
  grpc: () => import("@opentelemetry/exporter-trace-otlp-grpc"),
};
const METRICS: Protocols<"OTLPMetricExporter", PushMetricExporter> = {
  "http/protobuf": () => import("@opentelemetry/exporter-metrics-otlp-proto"),
  "http/json": () => import("@opentelemetry/exporter-metrics-otlp-http"),
  grpc: () => import("@opentelemetry/exporter-metrics-otlp-grpc"),
};
const LOGS: Protocols<"OTLPLogExporter", Exporter<ReadableLogRecord[]>> = {
  "http/protobuf": () => import("@opentelemetry/exporter-logs-otlp-proto"),
  "http/json": () => import("@opentelemetry/exporter-logs-otlp-http"),
  grpc: () => import("@opentelemetry/exporter-logs-otlp-grpc"),
};

type Protocols<Name extends string, Exporting> = Readonly<
  Record<"http/protobuf" | "http/json" | "grpc", () => Promise<Made<Name, Exporting>>>
>;

/** The exporter of traces in the protocol that is asked for. Endpoint, headers, TLS, deadlines it reads by itself. */
export async function traceExporter(): Promise<Exporter<ReadableSpan[]>> {
  const Exporter = named(await TRACES[protocolOf("traces")](), "OTLPTraceExporter");
  return new Exporter();
}

export async function metricExporter(): Promise<PushMetricExporter> {
  const Exporter = named(await METRICS[protocolOf("metrics")](), "OTLPMetricExporter");
  return new Exporter();
}

export async function logExporter(): Promise<Exporter<ReadableLogRecord[]>> {
  const Exporter = named(await LOGS[protocolOf("logs")](), "OTLPLogExporter");
  return new Exporter();
}

function named<Name extends string, Exporting>(module: Made<Name, Exporting>, name: Name): new () => Exporting {
  return (name in module ? module : (module.default as typeof module))[name];
}

/** @throws VexilError VEXIL_VALIDATION_CONFIG for a protocol that there is none of */
function protocolOf(signal: Signal): keyof typeof TRACES {
  const own = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_PROTOCOL`;
  const name = process.env[own] ? own : "OTEL_EXPORTER_OTLP_PROTOCOL";
  const protocol = process.env[name]?.trim() || "http/protobuf";
  if (Object.hasOwn(TRACES, protocol)) return protocol as keyof typeof TRACES;
  throw new VexilError(
    "VEXIL_VALIDATION_CONFIG",
    `${name}: "${protocol}" is no protocol (${Object.keys(TRACES).join(", ")})`,
  );
}
