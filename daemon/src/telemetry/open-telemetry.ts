import { getNumberFromEnv } from "@opentelemetry/core";
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from "@opentelemetry/sdk-metrics";
import { AlwaysOnSampler, BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { RootLogger } from "@vexil/engine/observe/logger";
import { toVexilError } from "@vexil/plugin-api/errors";
import { signalWithin } from "@vexil/plugin-api/signal-within";
import { aborted } from "../aborted.js";
import { Tally } from "../http/reads/tally.js";
import { setUpApi } from "./api.js";
import { BoundedRecords, BoundedSpans } from "./bounded-processors.js";
import { toldFlags } from "./evaluation-events.js";
import { ExportWatch } from "./export-watch.js";
import { logExporter, metricExporter, traceExporter } from "./exporters.js";
import type { HeldContexts } from "./held-contexts.js";
import { MetricSource } from "./metric-data.js";
import { RequestSpans } from "./request-spans.js";
import { Room } from "./room.js";
import { rootRatio } from "./root-ratio.js";
import { SCOPE } from "./scope.js";
import { unshipped } from "./shipped-span.js";
import { type Signal, type Signals, workerVariables } from "./signals.js";
import { SyncSpans } from "./sync-spans.js";
import type { Telemetry } from "./telemetry.js";
import { toldLogger } from "./told-logger.js";
import { TraceIds } from "./trace-ids.js";
import { tracedEngine } from "./traced-engine.js";
import type { Tracing } from "./tracing.js";
import { WatchedExporter } from "./watched-exporter.js";

/** A collector that does not answer holds up the end for so long. */
const FLUSH_MS = 3_000;

interface Provider {
  forceFlush(): Promise<void>;
}

/** Opens the signals that are asked for. One that is configured wrongly is told of, and off. */
export async function openTelemetry(
  signals: Signals,
  env: Readonly<Record<string, string | undefined>>,
  logger: RootLogger,
): Promise<Telemetry> {
  const contexts = setUpApi(logger);
  const tally = new Tally();
  const resource = ownResource();
  const ids = new TraceIds();
  const source = new MetricSource();
  const open = async <Opened>(signal: Signal, make: (watch: ExportWatch) => Promise<Opened>) => {
    if (!signals[signal]) return undefined;
    try {
      return await make(new ExportWatch(signal, tally, logger));
    } catch (error) {
      logEvent(logger, "telemetry.off", { signals: [signal], reason: toVexilError(error).message });
      return undefined;
    }
  };
  const [traces, metrics, logs] = await Promise.all([
    open("traces", (watch) => openTraces(resource, watch)),
    open("metrics", (watch) => openMetrics(resource, source, watch)),
    open("logs", (watch) => openLogs(resource, watch)),
  ]);
  const providers: readonly Provider[] = [traces?.provider, metrics, logs].filter((one) => one !== undefined);
  return {
    logger: toldLogger(logger, {
      spanOf: traces === undefined ? () => undefined : (fields) => ids.ofLine(fields),
      records: logs?.getLogger(SCOPE.name, SCOPE.version),
    }),
    tracing: traces === undefined ? undefined : tracingOf({ ...traces, resource, contexts }, ids, env),
    tally,
    metrics: (read) => source.from(read),
    stop: async (cut) => {
      const flushed = Promise.allSettled(providers.map((provider) => provider.forceFlush()));
      await Promise.race([flushed, aborted(signalWithin(FLUSH_MS, cut))]);
    },
  };
}

/** The sender: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` go before what is known here. */
function ownResource(): Resource {
  const own = resourceFromAttributes({
    "service.name": "vexil",
    "service.version": SCOPE.version,
    "process.pid": process.pid,
    "process.runtime.name": "nodejs",
    "process.runtime.version": process.versions.node,
  });
  return defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
}

async function openTraces(resource: Resource, watch: ExportWatch) {
  const room = new Room(positive("OTEL_BSP_MAX_QUEUE_SIZE", 2048));
  const exporter = new WatchedExporter(await traceExporter(), (spans) => spans.length, watch, room);
  const processor = new BoundedSpans(new BatchSpanProcessor(exporter), room, watch);
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  const always = new BasicTracerProvider({ resource, sampler: new AlwaysOnSampler(), spanProcessors: [processor] });
  const hasPlace = (): boolean => {
    if (room.isFull) watch.dropped(1);
    return !room.isFull;
  };
  return { provider, always, processor, watch, hasPlace };
}

async function openMetrics(resource: Resource, source: MetricSource, watch: ExportWatch): Promise<MeterProvider> {
  const inner = await metricExporter();
  const exporter: PushMetricExporter = new WatchedExporter(
    inner,
    ({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) => metrics).reduce((sum, { dataPoints }) => sum + dataPoints.length, 0),
    watch,
  );
  const exportIntervalMillis = positive("OTEL_METRIC_EXPORT_INTERVAL", 60_000);
  const exportTimeoutMillis = Math.min(positive("OTEL_METRIC_EXPORT_TIMEOUT", 30_000), exportIntervalMillis);
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis,
    exportTimeoutMillis,
    metricProducers: [source],
  });
  return new MeterProvider({ resource, readers: [reader] });
}

async function openLogs(resource: Resource, watch: ExportWatch): Promise<LoggerProvider> {
  const maxQueueSize = positive("OTEL_BLRP_MAX_QUEUE_SIZE", 2048);
  const room = new Room(maxQueueSize);
  const exporter = new WatchedExporter(await logExporter(), (records) => records.length, watch, room);
  const batch = new BatchLogRecordProcessor({
    exporter,
    maxQueueSize,
    maxExportBatchSize: Math.min(positive("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", 512), maxQueueSize),
    scheduledDelayMillis: positive("OTEL_BLRP_SCHEDULE_DELAY", 1000),
    exportTimeoutMillis: positive("OTEL_BLRP_EXPORT_TIMEOUT", 30_000),
  });
  return new LoggerProvider({ resource, processors: [new BoundedRecords(batch, room, watch)] });
}

function positive(variable: string, standard: number): number {
  const given = getNumberFromEnv(variable);
  return given !== undefined && given > 0 ? given : standard;
}

function tracingOf(
  traces: Awaited<ReturnType<typeof openTraces>> & { readonly resource: Resource; readonly contexts: HeldContexts },
  ids: TraceIds,
  env: Readonly<Record<string, string | undefined>>,
): Tracing {
  const { provider, always, processor, watch, hasPlace, resource, contexts } = traces;
  const tracer = provider.getTracer(SCOPE.name, SCOPE.version);
  const spans = new SyncSpans(tracer, ids);
  const requests = new RequestSpans({
    tracer,
    always: always.getTracer(SCOPE.name, SCOPE.version),
    ratio: rootRatio(env),
    hasPlace,
    contexts,
  });
  return {
    requests,
    createFlag: (revisionOf) => toldFlags(revisionOf, requests),
    variables: workerVariables(env),
    apply: (event) => spans.apply(event),
    published: (environment, revision, since, until) => spans.published(environment, revision, { since, until }),
    engine: (engine) => tracedEngine(engine, { tracer, ids, contexts }),
    take: (shipped, dropped) => {
      if (dropped > 0) watch.dropped(dropped);
      for (const span of shipped) processor.onEnd(unshipped(span, { resource, instrumentationScope: SCOPE }));
    },
  };
}
