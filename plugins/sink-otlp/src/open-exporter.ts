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
