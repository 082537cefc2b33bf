import type { Config } from "@vexil/config/config";

/** A kind of telemetry, as OpenTelemetry names it. */
export type Signal = "traces" | "metrics" | "logs";

/** Signals that are sent, or not. */
export type Signals = Readonly<Record<Signal, boolean>>;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The signals that the configuration and the standard variables ask for. The log is sent where `OTEL_LOGS_EXPORTER` is `otlp`: the
 * configuration has no key for that.
 * @returns undefined: nothing, so that nothing of it is loaded
 */
export function wantedSignals({ telemetry }: Pick<Config, "telemetry">, env: Environment): Signals | undefined {
  if (env.OTEL_SDK_DISABLED?.trim().toLowerCase() === "true") return undefined;
  const exporters = (name: string): readonly string[] => (env[name] ?? "").split(",").map((one) => one.trim());
  const wanted = {
    traces: telemetry.traces && !exporters("OTEL_TRACES_EXPORTER").includes("none"),
    metrics: telemetry.metrics && !exporters("OTEL_METRICS_EXPORTER").includes("none"),
    logs: exporters("OTEL_LOGS_EXPORTER").includes("otlp"),
  };
  return Object.values(wanted).includes(true) ? wanted : undefined;
}

/** Variables that a worker needs for tracing: how to sample and how spans are limited, and no secret. */
export function workerVariables(env: Environment): Readonly<Record<string, string>> {
  const passed = /^OTEL_(TRACES_SAMPLER|TRACES_SAMPLER_ARG|PROPAGATORS|SPAN_\w+|ATTRIBUTE_\w+|EVENT_\w+)$/;
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (passed.test(name) && value !== undefined ? [[name, value]] : [])),
  );
}
