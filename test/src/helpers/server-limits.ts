import type { ServerLimits } from "@vexil/core";
import { limits, serverLimits } from "@vexil/core/internal/config/sections/limits";

/** What counts when a configuration says nothing of limits. */
export const DEFAULT_LIMITS: ServerLimits = serverLimits(limits.parse(undefined));
