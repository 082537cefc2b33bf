import type { ServerConfig } from "@vexil/config/config";
import type { Caller, Level, LogFields, PresentedCredential } from "@vexil/plugin-api";
import type { Principal } from "../access/principal.js";
import type { Revocation } from "../access/sessions/revocation.js";
import type { EdgeOptions, EdgeSettings } from "../http/edge/edge.js";
import type { EntryRule } from "../http/edge/entry-rules.js";
import type { HealthState } from "../http/edge/health.js";
import type { SharedName } from "../http/limits/client-limits.js";
import type { StreamRefusal } from "../http/limits/stream-slots.js";
import type { ListenTarget } from "../http/listen.js";
import type { ListenSettings } from "../http/listen-settings.js";
import type { MetricsReport } from "../http/metrics/create-metrics.js";
import type { Decision, DecisionsChange, Question } from "../http/rights/decision.js";
import type { RequestIds } from "../request-ids.js";
import type { ShippedSpan } from "../telemetry/shipped-span.js";
import type { EvaluationCount } from "../usage/evaluation-count.js";

/** Settings that a worker gets. Whose a credential is it asks: it holds no secret but the key between the two. */
export interface WorkerSettings {
  readonly server: ListenSettings & Pick<ServerConfig, "limits" | "trustedProxies" | "workers">;
  readonly listen: ListenTarget | undefined;
  readonly edge: EdgeSettings;
  readonly serves: EdgeOptions["serves"];
  readonly rules: readonly EntryRule[];
  /** Where the primary answers what a worker does not. */
  readonly primarySocket: string;
  /** By this the primary knows its workers there. */
  readonly primaryKey: string;
  readonly heartbeatMs: number | undefined;
  readonly stallMs: number | undefined;
  readonly certificateIntervalMs: number | undefined;
  /** Variables of OpenTelemetry that count for traces; undefined: there are none. */
  readonly tracing?: Readonly<Record<string, string>> | undefined;
}

/** From the primary to a worker, in order. A published state is staged piece by piece and taken over in one step. */
export type ToWorker =
  | { readonly type: "settings"; readonly settings: WorkerSettings }
  | { readonly type: "health"; readonly health: HealthState }
  | { readonly type: "stage"; readonly environment: string; readonly part: Uint8Array }
  | PublishMessage
  /** A piece of the answer to `client-wanted`. */
  | { readonly type: "client-piece"; readonly id: number; readonly bytes: Uint8Array; readonly isLast: boolean }
  /** The answer where that state is served no more. */
  | { readonly type: "client-gone"; readonly id: number }
  | { readonly type: "removed"; readonly environment: string; readonly sequence: number }
  /** It has read what came before. */
  | { readonly type: "mark"; readonly sequence: number }
  /** It serves the connections that it is handed; `address` is where they are accepted, if on the network. */
  | { readonly type: "listen"; readonly address: string | undefined }
  | ConnectionMessage
  /** Asks for what was counted; `worker` labels the process's own metrics. */
  | { readonly type: "report"; readonly id: number; readonly worker: string }
  /** The answer to `stream-wanted`. */
  | { readonly type: "stream-answer"; readonly id: number; readonly refusal: StreamRefusal | undefined }
  /** The answer to `caller-wanted`; `failed`: it cannot be found out now. */
  | {
      readonly type: "caller-answer";
      readonly id: number;
      readonly principal: Principal | undefined;
      readonly failed: boolean;
    }
  /** Nothing that is known of callers holds any more: of those of ended sessions, or of all. */
  | { readonly type: "callers-forgotten"; readonly ended: Revocation | undefined }
  /** Counts of another worker's clients. */
  | ({ readonly type: "counts"; readonly worker: number } & ClientCounts)
  | { readonly type: "worker-gone"; readonly worker: number }
  /** The answer to `decision-wanted`. */
  | { readonly type: "decision"; readonly id: number; readonly decision: Decision }
  /** Decisions may be others from now on. */
  | { readonly type: "decisions-changed"; readonly change: DecisionsChange }
  | { readonly type: "drain"; readonly deadlineMs: number };

/** Comes with a connection, of which nothing was read yet. */
export interface ConnectionMessage {
  readonly type: "connection";
  readonly id: number;
  /** By the clock that all processes share, in milliseconds. */
  readonly offeredAt: number;
}

export interface PublishMessage {
  readonly type: "publish";
  /** Undefined: only the environments are told. */
  readonly environment: string | undefined;
  /** The commit that is served of it from now on, for those who ask where an answer came from. */
  readonly revision?: string | undefined;
  /** Keys of all namespaces that exist now; the staged ones among them are new or changed. */
  readonly namespaces: readonly string[];
  readonly changed: readonly string[];
  /** All environments, whether they have a state or not; undefined: as told before. */
  readonly environments: readonly string[] | undefined;
  readonly defaultEnvironment: string | undefined;
  readonly sequence: number;
}

/** Counts of a worker's clients, for the others. */
export interface ClientCounts {
  readonly name: SharedName;
  readonly counts: readonly (readonly [client: string, count: number])[];
}

/** A caller in a worker's questions: its number, and once whom that stands for. */
export interface CallerReference {
  readonly number: number;
  /** Undefined: told before. */
  readonly told: Caller | undefined;
  /** Numbers that stand for nobody any more. */
  readonly dropped: readonly number[];
}

export type WorkerReport = MetricsReport;

/** From a worker to the primary. */
export type FromWorker =
  /** It reads messages from now on; earlier ones would be lost. */
  | { readonly type: "ready" }
  /** It turns: sent twice a second. */
  | { readonly type: "alive" }
  | { readonly type: "applied"; readonly sequence: number }
  | { readonly type: "listening" }
  /** How many connections it has; `offer`: what has become of one that it was offered. */
  | {
      readonly type: "connections";
      readonly open: number;
      readonly offer?: { readonly id: number; readonly isTaken: boolean } | undefined;
    }
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | { readonly type: "report"; readonly id: number; readonly report: WorkerReport }
  /** A client wants the snapshot of a namespace, in the state with this number. */
  | { readonly type: "client-wanted"; readonly id: number; readonly state: number }
  | { readonly type: "stream-wanted"; readonly id: number; readonly client: string }
  | { readonly type: "stream-ended"; readonly client: string }
  | {
      readonly type: "caller-wanted";
      readonly id: number;
      readonly credential: PresentedCredential;
      readonly ids: RequestIds | undefined;
    }
  | {
      readonly type: "decision-wanted";
      readonly id: number;
      readonly caller: CallerReference;
      readonly question: Question;
    }
  | ({ readonly type: "counts" } & ClientCounts)
  /** Evaluations since it told of them last. */
  | { readonly type: "evaluated"; readonly counts: readonly EvaluationCount[] }
  /** Spans that have ended; `dropped` had no room. */
  | { readonly type: "spans"; readonly spans: readonly ShippedSpan[]; readonly dropped: number }
  | {
      readonly type: "log";
      readonly level: Level;
      readonly event: string;
      readonly message: string;
      readonly fields: LogFields | undefined;
    };
