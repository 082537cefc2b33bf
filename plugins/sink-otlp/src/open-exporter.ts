import type { LogRecordExporter } from "@opentelemetry/sdk-logs";
import type { OtlpSettings } from "./settings.js";

type Exporter = new (config?: { readonly url: string }) => LogRecordExporter;

const EXPORTERS: Readonly<Record<OtlpSettings["protocol"], () => Promise<{ readonly OTLPLogExporter: Exporter }>>> = {
  "http/protobuf": () => import("@opentelemetry/exporter-logs-otlp-proto"),
  "http/json": () => import("@opentelemetry/exporter-logs-otlp-http"),
  grpc: () => import("@opentelemetry/exporter-logs-otlp-grpc"),
};

/** The SDK's exporter; headers, TLS and deadlines it has from the standard variables. */
export async function openExporter({ endpoint, protocol }: OtlpSettings): Promise<LogRecordExporter> {
  const { OTLPLogExporter } = await EXPORTERS[protocol]();
  if (endpoint === undefined) return new OTLPLogExporter();
  return new OTLPLogExporter({ url: protocol === "grpc" ? endpoint : `${endpoint.replace(/\/+$/, "")}/v1/logs` });
}

const DEFAULTS = {
  "http/protobuf": "http://localhost:4318",
  "http/json": "http://localhost:4318",
  grpc: "http://localhost:4317",
};

/** Where an exporter sends to, as it finds out itself. */
export function endpointOf({ endpoint, protocol }: OtlpSettings, env: NodeJS.ProcessEnv = process.env): URL {
  const given = endpoint ?? env.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT ?? "";
  const url = given.trim() === "" ? DEFAULTS[protocol] : given.trim();
  // gRPC takes a host and port, too.
  const full = url.includes("://") ? url : `http://${url}`;
  return new URL(URL.canParse(full) ? full : DEFAULTS[protocol]);
}
