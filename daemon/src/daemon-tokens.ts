import { token } from "@vexil/engine/di/token";
import type { DaemonParts } from "./daemon-parts.js";

export const DaemonTokens = {
  DaemonParts: token<Omit<DaemonParts, "stateDirectory" | "commitKeys">>("daemon"),
} as const;
