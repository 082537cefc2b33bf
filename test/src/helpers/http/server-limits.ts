import type { ServerLimits } from "@vexil/config/config";
import { limits, serverLimits } from "@vexil/config/sections/limits";

/** What counts when a configuration says nothing of limits. */
export const DEFAULT_LIMITS: ServerLimits = serverLimits(limits.parse(undefined));
