import type { Secret } from "@vexil/plugin-api";

/** How evaluations of flags are counted, and where the counts are asked for. */
export interface AnalyticsConfig {
  /** The daemon counts by itself. */
  readonly counts: boolean;
  /** Hours further back are forgotten. */
  readonly retentionMs: number;
  /** Directory of the counts; undefined: the state directory. */
  readonly path: string | undefined;
  /** How often counts are written. */
  readonly flushMs: number;
  /** Server that answers for them; undefined: the daemon itself. */
  readonly prometheus: PrometheusConfig | undefined;
}

export interface PrometheusConfig {
  readonly url: string;
  readonly headers: Readonly<Record<string, Secret>>;
}
