import type { ExecutionContext } from "ava";
import { startGitHttpServer } from "../git-servers/git-http-server.js";
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../network/otlp-receiver.js";
import { EXAMPLE_FILES, type TemporaryRepository, temporaryRepository } from "../repositories/temporary-repository.js";
import { eventually, type RunningDaemon, startDaemon } from "./daemon.js";

const FAST = { OTEL_BSP_SCHEDULE_DELAY: "50", OTEL_BLRP_SCHEDULE_DELAY: "50", OTEL_METRIC_EXPORT_INTERVAL: "3000" };

export interface TelemetryDaemon {
  readonly repository: TemporaryRepository;
  readonly daemon: RunningDaemon;
  readonly receiver: OtlpReceiver;
  /** Waits for the span with this name for which all that is wanted is so. */
  readonly span: (name: string, wanted?: (span: ReceivedSpan) => boolean) => Promise<ReceivedSpan>;
}

/** A daemon that serves the example from a remote with a password, `canary`, and sends everything to a collector. */
export async function telemetryDaemon(
  t: ExecutionContext,
  {
    workers = 1,
    env = {},
    grpc = false,
    config = {},
  }: { workers?: number; env?: Record<string, string>; grpc?: boolean; config?: object } = {},
): Promise<TelemetryDaemon> {
  const receiver = await startOtlpReceiver(t, { grpc });
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startGitHttpServer(t, repository.path);
  const remote = server.url.replace("http://", "http://somebody:canary@");
  const daemon = await startDaemon(t, {
    config: {
      server: { workers },
      storage: { default: { remote, poll_interval: "1h" } },
      tracing: { enabled: true },
      metrics: { exporter: "otlp" },
      ...config,
    },
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_LOGS_EXPORTER: "otlp", ...FAST, ...env },
  });
  const find = (name: string, wanted: (span: ReceivedSpan) => boolean) =>
    receiver.spans.find((span) => span.name === name && wanted(span));
  const span: TelemetryDaemon["span"] = async (name, wanted = () => true) =>
    (await eventually(
      async () => find(name, wanted) ?? receiver.spans.map((one) => one.name),
      (found) => !Array.isArray(found),
      20_000,
    )) as ReceivedSpan;
  return { repository, daemon, receiver, span };
}

/** An evaluation whose context has something that is nobody's business, `canary`. */
export function evaluate(daemon: RunningDaemon, headers: Record<string, string> = {}, entityId = "ada") {
  return daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId, context: { mail: "canary" } }, headers);
}
