import type { LogRecordExporter } from "@opentelemetry/sdk-logs";
import { VexilError } from "@vexil/plugin-api";
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

/** The port of gRPC where an address has none. */
const GRPC_PORT = "443";

/**
 * Where an exporter connects to, as it finds out itself: a URL of http or https, for gRPC of unix, too.
 * @throws VexilError VEXIL_UNAVAILABLE_SINK where it can send nowhere
 */
export function endpointOf({ endpoint, protocol }: OtlpSettings, env: NodeJS.ProcessEnv = process.env): URL {
  const places = [endpoint, env.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT, env.OTEL_EXPORTER_OTLP_ENDPOINT];
  const given = places.map((place) => place?.trim()).find(Boolean) ?? DEFAULTS[protocol];
  const isGrpc = protocol === "grpc";
  // gRPC takes a host and port, too.
  const full = isGrpc && !given.includes("://") ? `http://${given}` : given;
  const url = new URL(URL.canParse(full) ? full : DEFAULTS[protocol]);
  if (isGrpc && url.protocol === "unix:") return url;
  const isHttp = /^https?:$/.test(url.protocol);
  if (!isHttp && !(isGrpc && url.host !== "")) {
    const reason = `its address begins with ${url.protocol}, and has to begin with http: or https:`;
    throw new VexilError("VEXIL_UNAVAILABLE_SINK", `the collector cannot be reached: ${reason}`);
  }
  // gRPC takes any other scheme for http.
  const reached = isHttp ? url : new URL(`http://${url.host}`);
  if (isGrpc && reached.port === "") reached.port = GRPC_PORT;
  return reached;
}
