import { join } from "node:path";
import type { Config } from "@vexil/config/config";
import type { StateDirectory } from "./access/sessions/state-directory.js";
import type { EdgeRole } from "./edge/edge-role.js";
import { UsageKeeper, type UsageParts } from "./usage/usage-keeper.js";

export interface OpenUsageParts extends Omit<UsageParts, "config" | "directory" | "report"> {
  readonly stateDirectory: StateDirectory;
  readonly edge: Pick<EdgeRole, "report">;
}

/** Counts evaluations; a daemon that keeps nothing durable keeps the counts in memory. */
export function openUsage(parts: OpenUsageParts, config: () => Config): UsageKeeper {
  const { path, isDurable } = parts.stateDirectory;
  const { analytics } = config();
  const directory = analytics?.path ?? (isDurable ? join(path, "usage") : undefined);
  return new UsageKeeper({ ...parts, config: () => config().analytics, directory, report: parts.edge.report });
}
