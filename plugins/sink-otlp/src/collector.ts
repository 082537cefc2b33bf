import { ExportResultCode } from "@opentelemetry/core";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, type LogRecordExporter, type ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { type Logger, reach, type Sink, type SinkEvent, VexilError } from "@vexil/plugin-api";
import { eventRecord } from "./event-record.js";
import { EVENTS } from "./events.js";
import { onPartialSuccess, type PartialSuccess } from "./partial-success.js";

/** Longer than a collector has by `OTEL_EXPORTER_OTLP_TIMEOUT`, unless that is set. */
const DELIVER_MS = 30_000;
/** Deliveries under way at the end are cut after that: they come again. */
const CLOSE_MS = 2_000;

/** A collector that takes events as records of its logs. What it has not said yes to is given once more. */
export class Collector implements Sink {
  readonly deliverMs = DELIVER_MS;
  readonly #exporter: LogRecordExporter;
  readonly #endpoint: () => URL;
  readonly #sink: string;
  readonly #logger: Logger;
  readonly #provider: LoggerProvider;
  #made: ReadableLogRecord[] = [];
  #warned = "";

  constructor(exporter: LogRecordExporter, endpoint: () => URL, sink: string, logger: Logger) {
    this.#exporter = exporter;
    this.#endpoint = endpoint;
    this.#sink = sink;
    this.#logger = logger;
    onPartialSuccess(exporter, (partial) => this.#tell(partial));
    const resource = defaultResource()
      .merge(resourceFromAttributes({ "service.name": "vexil" }))
      .merge(detectResources({ detectors: [envDetector] }));
    const taking = {
      onEmit: (record: ReadableLogRecord) => void this.#made.push(record),
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    this.#provider = new LoggerProvider({ resource, processors: [taking] });
  }

  async deliver(events: readonly SinkEvent[], { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const records = this.#recordsOf(events);
    await new Promise<void>((resolve, reject) => {
      const cut = (): void => reject(unavailable("it did not answer in time"));
      if (signal.aborted) return cut();
      signal.addEventListener("abort", cut, { once: true });
      this.#exporter.export([...records], ({ code, error }) => {
        signal.removeEventListener("abort", cut);
        if (code === ExportResultCode.SUCCESS) resolve();
        else reject(unavailable(reasonOf(error)));
      });
    });
  }

  /** By its address alone: certificates and headers are those of the standard variables, for the exporter to read. */
  async examine({ signal }: { readonly signal: AbortSignal }): Promise<string> {
    const url = this.#endpoint();
    await reach(url, { secure: false, signal });
    return `${url.protocol === "unix:" ? url.href : url.origin} can be reached`;
  }

  async close(): Promise<void> {
    const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    await Promise.race([this.#exporter.shutdown().catch(() => undefined), late]);
  }

  /** Rejected records are delivered all the same: to send them again is forbidden. */
  #tell({ rejected: records, reason }: PartialSuccess): void {
    if (records > 0) {
      this.#log("records.rejected", { records, reason });
    } else if (reason !== this.#warned) {
      this.#warned = reason;
      this.#log("collector.warned", { reason });
    }
  }

  #log(event: keyof typeof EVENTS, fields: Readonly<Record<string, string | number>>): void {
    const { level, message } = EVENTS[event];
    this.#logger.log(level, event, message, { sink: this.#sink, ...fields });
  }

  /** Made by the SDK, which adds who sends them. */
  #recordsOf(events: readonly SinkEvent[]): readonly ReadableLogRecord[] {
    this.#made = [];
    const logger = this.#provider.getLogger("vexil.sink");
    for (const event of events) logger.emit(eventRecord(event, this.#sink));
    return this.#made;
  }
}

/** The answer of a collector is not repeated: it may be long, or hold what it was sent. */
function reasonOf(error: Error | undefined): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return code === undefined ? "it does not take them" : `it answers ${String(code)}`;
}

function unavailable(reason: string): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_SINK", `the collector did not take the events: ${reason}`);
}
