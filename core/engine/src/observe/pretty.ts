import { createRequire } from "node:module";
import type { LogConfig } from "@vexil/config/config";

// This code may have been bundled; the library is where this package's own are.
const require = createRequire(createRequire(import.meta.url).resolve("@vexil/engine/package.json"));

/** Turns a JSON line into one for users; what is no JSON comes back as it is. */
export function pretty(keys: LogConfig["keys"], colors: boolean): (line: string) => string {
  // Only a terminal needs it; a service starts faster without it.
  const { prettyFactory } = require("pino-pretty") as typeof import("pino-pretty");
  const format = prettyFactory({
    colorize: colors,
    singleLine: true,
    errorLikeObjectKeys: [],
    translateTime: "SYS:yyyy-mm-dd HH:MM:ss.l",
    timestampKey: keys.time,
    levelKey: keys.level,
    messageKey: keys.message,
    ignore: "event",
    messageFormat: (log, messageKey) => `${String(log.event ?? "")} ${String(log[messageKey] ?? "")}`.trim(),
  });
  return (line) => format(line) ?? line;
}
