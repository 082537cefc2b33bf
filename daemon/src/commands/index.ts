import type { Command } from "commander";
import { registerConfig } from "./config.js";
import { registerDoctor } from "./doctor.js";
import { registerEvaluate } from "./evaluate.js";
import { registerHistory } from "./history.js";
import { registerLogs } from "./logs.js";
import { registerPlugin } from "./plugin.js";
import { registerQuickstart } from "./quickstart.js";
import { registerRollback } from "./rollback.js";
import { registerSchema } from "./schema.js";
import { registerServe } from "./serve.js";
import { registerStatus } from "./status.js";
import { registerSync } from "./sync.js";
import { registerSystemd } from "./systemd.js";
import { registerValidate } from "./validate.js";

/** Adds one command to the program. Each lives in a file of this folder. */
export type RegisterCommand = (program: Command) => void;

export const commands: readonly RegisterCommand[] = [
  registerQuickstart,
  registerServe,
  registerValidate,
  registerDoctor,
  registerStatus,
  registerEvaluate,
  registerHistory,
  registerRollback,
  registerSync,
  registerLogs,
  registerSystemd,
  registerConfig,
  registerSchema,
  registerPlugin,
];
