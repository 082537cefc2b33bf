import { token } from "@vexil/engine/di/token";
import type { Daemon } from "./daemon.js";

export const DaemonTokens = { Daemon: token<Daemon>("daemon") } as const;
