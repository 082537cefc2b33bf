import { token } from "@vexil/core/di";
import type { Daemon } from "./daemon.js";

export const DaemonTokens = { Daemon: token<Daemon>("daemon") } as const;
