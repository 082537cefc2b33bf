import { AlwaysOnSampler, BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import type { Logger } from "@vexil/plugin-api";
import type { CreateFlag } from "../http/reads/evaluations.js";
import type { RequestTracing, RevisionOf } from "../http/request-tracing.js";
import { setUpApi } from "./api.js";
import { toldFlags } from "./evaluation-events.js";
import { RequestSpans } from "./request-spans.js";
import { rootRatio } from "./root-ratio.js";
import { SCOPE } from "./scope.js";
import { type ShippedSpan, SpanShipper } from "./shipped-span.js";

/** Tracing of a process that answers reads. */
export interface WorkerTracing {
  readonly requests: RequestTracing;
  readonly createFlag: CreateFlag;
  /** Resolves when all spans that have ended are on their way. */
  flush(): Promise<void>;
}

/**
 * Spans are made here and exported by the primary: a worker holds no secret, and collectors have one connection.
 * @param variables OTEL_* variables of the primary that count here, too
 * @param send resolves when the message has left
 */
export function workerTracing(
  variables: Readonly<Record<string, string>>,
  logger: Logger,
  revisionOf: RevisionOf,
  send: (spans: readonly ShippedSpan[], dropped: number) => Promise<void>,
): WorkerTracing {
  Object.assign(process.env, variables);
  const contexts = setUpApi(logger);
  const shipper = new SpanShipper(send);
  const provider = new BasicTracerProvider({ spanProcessors: [shipper] });
  const always = new BasicTracerProvider({ sampler: new AlwaysOnSampler(), spanProcessors: [shipper] });
  const requests = new RequestSpans({
    tracer: provider.getTracer(SCOPE.name, SCOPE.version),
    always: always.getTracer(SCOPE.name, SCOPE.version),
    ratio: rootRatio(process.env),
    hasPlace: () => shipper.hasPlace(),
    contexts,
  });
  return {
    requests,
    createFlag: toldFlags(revisionOf, requests),
    flush: () => shipper.forceFlush(),
  };
}
