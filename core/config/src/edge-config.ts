import type { StorageConfig } from "./storage-config.js";

/** A daemon that serves what another one serves. */
export interface EdgeConfig {
  /** Address of that one: http or https, without user information and without a slash at its end. */
  readonly upstream: string;
  /** Id under `credentials`. */
  readonly credentials: string | undefined;
  readonly writes: "refuse" | "forward";
  /** Evaluations are reported to the upstream. */
  readonly counts: boolean;
  /** Directory of what is kept; undefined: all is in memory. */
  readonly path: string | undefined;
  /** Names of storages and environments that are served; none: all. */
  readonly storages: readonly string[];
  readonly environments: readonly string[];
  readonly pollIntervalMs: number;
  readonly caCertPath: string | undefined;
  /** Settings that its storages have in common. */
  readonly template: StorageConfig;
}
