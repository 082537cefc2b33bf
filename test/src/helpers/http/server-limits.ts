import type { ServerLimits } from "@vexil/config/config";
import { limits, serverLimits } from "@vexil/config/sections/limits";

/** Limits of a configuration that says nothing of them. */
export const DEFAULT_LIMITS: ServerLimits = serverLimits(limits.parse(undefined));
