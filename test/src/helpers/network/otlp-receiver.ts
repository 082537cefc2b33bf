import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import protobuf from "protobufjs";
import type { Scope } from "../files/temporary-directory.js";

/** The official definitions, as a package has them that shares nothing with the sender. */
const DEFINITIONS = join(dirname(fileURLToPath(import.meta.resolve("@platformatic/promotel"))), "..", "proto");

const SERVICES = {
  traces: ["trace", "Trace"],
  metrics: ["metrics", "Metrics"],
  logs: ["logs", "Logs"],
} as const;
type Signal = keyof typeof SERVICES;

// biome-ignore lint/suspicious/noExplicitAny: whatever the definitions say
type Any = any;

/** A span as it came, with its values plain and its ids in hexadecimal digits. */
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: it has none. */
  readonly parentSpanId: string;
  readonly kind: number;
  /** Nanoseconds. */
  readonly start: bigint;
  readonly end: bigint;
  readonly status: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

export interface ReceivedRecord {
  readonly event: string;
  readonly body: unknown;
  readonly severity: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export type Answering = "well" | "never" | "500" | "100 MB" | "slowly";

/** A collector: it decodes what it is sent, by protobuf, JSON or gRPC. */
export interface OtlpReceiver {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  readonly spans: ReceivedSpan[];
  readonly records: ReceivedRecord[];
  /** The points of each metric, as they came last. */
  readonly metrics: Map<string, Any>;
  /** Everything as it came, uncompressed. */
  readonly bytes: Buffer[];
  readonly requests: { readonly url: string; readonly headers: IncomingMessage["headers"] }[];
  answering: Answering;
  /** Each yes says as long as it is set that so many of what was sent were not kept. */
  partial: { readonly rejected: number; readonly message: string } | undefined;
}

const types = new Map<Signal, protobuf.Type>();

function typeOf(signal: Signal): protobuf.Type {
  const known = types.get(signal);
  if (known !== undefined) return known;
  const [folder, name] = SERVICES[signal];
  const root = new protobuf.Root();
  root.resolvePath = (_, target) => join(DEFINITIONS, target);
  root.loadSync(`opentelemetry/proto/collector/${folder}/v1/${folder}_service.proto`);
  const type = root.lookupType(`opentelemetry.proto.collector.${folder}.v1.Export${name}ServiceRequest`);
  // Since version 1.5 of the definitions.
  if (signal === "logs")
    root.lookupType("opentelemetry.proto.logs.v1.LogRecord").add(new protobuf.Field("eventName", 12, "string"));
  types.set(signal, type);
  return type;
}

/** The answer to a request that was taken. */
function yes({ partial }: OtlpReceiver, signal: Signal, isJson: boolean): Buffer {
  const name = { traces: "rejectedSpans", metrics: "rejectedDataPoints", logs: "rejectedLogRecords" }[signal];
  const said =
    partial === undefined
      ? {}
      : { partialSuccess: { [name]: String(partial.rejected), errorMessage: partial.message } };
  if (isJson) return Buffer.from(JSON.stringify(said));
  const [folder, service] = SERVICES[signal];
  const answered = `opentelemetry.proto.collector.${folder}.v1.Export${service}ServiceResponse`;
  const type = typeOf(signal).root.lookupType(answered);
  return Buffer.from(type.encode(type.fromObject(said)).finish());
}

function decoded(signal: Signal, bytes: Uint8Array): Any {
  const type = typeOf(signal);
  return type.toObject(type.decode(bytes), { longs: String, enums: Number, defaults: false, arrays: true });
}

function plainValue(value: Any): unknown {
  if (value?.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plainValue);
  if (value?.kvlistValue !== undefined) return plain(value.kvlistValue.values);
  const [one] = Object.values(value ?? {});
  return value?.intValue === undefined ? one : Number(one);
}

function plain(attributes: readonly Any[] = []): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

/** Ids are bytes, in JSON hexadecimal digits. */
function hex(id: unknown): string {
  return typeof id === "string" ? id : Buffer.from((id as Uint8Array | undefined) ?? []).toString("hex");
}

function take(receiver: OtlpReceiver, signal: Signal, message: Any): void {
  for (const { resource, scopeSpans = [] } of message.resourceSpans ?? []) {
    for (const span of scopeSpans.flatMap(({ spans }: Any) => spans)) {
      receiver.spans.push({
        name: span.name,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        kind: span.kind,
        start: BigInt(span.startTimeUnixNano),
        end: BigInt(span.endTimeUnixNano),
        status: span.status?.code ?? 0,
        attributes: plain(span.attributes),
        resource: plain(resource?.attributes),
        events: (span.events ?? []).map(({ name, attributes }: Any) => ({ name, attributes: plain(attributes) })),
        links: (span.links ?? []).map((link: Any) => ({ traceId: hex(link.traceId), spanId: hex(link.spanId) })),
      });
    }
  }
  for (const { scopeLogs = [] } of message.resourceLogs ?? []) {
    for (const record of scopeLogs.flatMap(({ logRecords }: Any) => logRecords)) {
      receiver.records.push({
        event: record.eventName,
        body: plainValue(record.body),
        severity: record.severityNumber,
        traceId: hex(record.traceId),
        spanId: hex(record.spanId),
        attributes: plain(record.attributes),
      });
    }
  }
  for (const { scopeMetrics = [] } of message.resourceMetrics ?? []) {
    for (const metric of scopeMetrics.flatMap(({ metrics }: Any) => metrics)) receiver.metrics.set(metric.name, metric);
  }
  if (Object.keys(message).length === 0) throw new Error(`an empty message of ${signal}`);
}

/** @param grpc it speaks gRPC, and no HTTP/1.1 */
export async function startOtlpReceiver(t: Scope, { grpc = false } = {}): Promise<OtlpReceiver> {
  const receiver: { -readonly [Key in keyof OtlpReceiver]: OtlpReceiver[Key] } = {
    endpoint: "",
    spans: [],
    records: [],
    metrics: new Map(),
    bytes: [],
    requests: [],
    answering: "well",
    partial: undefined,
  };
  receiver.endpoint = `http://127.0.0.1:${await (grpc ? listenGrpc(t, receiver) : listenHttp(t, receiver))}`;
  return receiver;
}

async function listenHttp(t: Scope, receiver: OtlpReceiver): Promise<number> {
  const server = createServer((request, response) => void answer(receiver, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function answer(receiver: OtlpReceiver, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const sent = await buffer(request);
  receiver.requests.push({ url: request.url ?? "", headers: request.headers });
  const bytes = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
  if (receiver.answering === "never") return;
  if (receiver.answering === "500") {
    response.writeHead(500).end("no");
    return;
  }
  if (receiver.answering === "100 MB") {
    const pieces = Array.from({ length: 100 }, () => Buffer.alloc(2 ** 20, "x"));
    await pipeline(Readable.from(pieces), response).catch(() => undefined);
    return;
  }
  if (receiver.answering === "slowly") {
    const timer = setInterval(() => response.write("{"), 100);
    response.once("close", () => clearInterval(timer));
    return;
  }
  receiver.bytes.push(bytes);
  const signal = (request.url ?? "").split("/").at(-1) as Signal;
  const isJson = request.headers["content-type"] === "application/json";
  take(receiver, signal, isJson ? JSON.parse(bytes.toString()) : decoded(signal, bytes));
  response.writeHead(200, { "content-type": request.headers["content-type"] }).end(yes(receiver, signal, isJson));
}

async function listenGrpc(t: Scope, receiver: OtlpReceiver): Promise<number> {
  const server = new Server();
  for (const signal of Object.keys(SERVICES) as Signal[]) {
    const [folder, name] = SERVICES[signal];
    const path = `/opentelemetry.proto.collector.${folder}.v1.${name}Service/Export`;
    server.addService(
      {
        export: {
          path,
          requestStream: false,
          responseStream: false,
          requestSerialize: (bytes: Buffer) => bytes,
          requestDeserialize: (bytes: Buffer) => bytes,
          responseSerialize: (bytes: Buffer) => bytes,
          responseDeserialize: (bytes: Buffer) => bytes,
        },
      },
      {
        export: (
          call: { request: Buffer; metadata: { getMap(): Any } },
          done: (error: null, bytes: Buffer) => void,
        ) => {
          receiver.requests.push({ url: path, headers: call.metadata.getMap() });
          receiver.bytes.push(call.request);
          if (receiver.answering === "never") return;
          take(receiver, signal, decoded(signal, call.request));
          done(null, yes(receiver, signal, false));
        },
      },
    );
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  t.teardown(() => server.forceShutdown());
  return port;
}
