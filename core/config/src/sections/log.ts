import type { Level } from "@vexil/plugin-api";
import { boolean, duration, integer, text, word } from "@vexil/plugin-api/settings";
import { z } from "zod";
import { configError } from "../config-error.js";

export const log = z
  .object({
    level: text().prefault("info").describe("trace, debug, info, warn, error or fatal."),
    encoding: word("json", "console")
      .optional()
      .describe("json: also on a terminal. What goes elsewhere is always JSON."),
    file: text().optional().describe("File to write to instead of stdout."),
    grpc_level: text().optional().describe("Accepted for compatibility; gRPC is not served."),
    keys: z
      .object({
        time: text().prefault("time"),
        level: text().prefault("level"),
        message: text().prefault("message"),
      })
      .prefault({})
      .describe("Names of the JSON members."),
    sampling: z
      .object({
        enabled: boolean().prefault(true).describe("false: every line is written."),
        lines: integer(1, 1_000_000).prefault(100).describe("Lines alike that are written in an interval."),
        interval: duration().prefault("10s").describe("Of the others their number is written when it is over."),
      })
      .prefault({})
      .describe("What keeps floods of lines alike out of the log."),
  })
  .prefault({});

export type LogSection = z.output<typeof log>;

const LONGEST_INTERVAL_MS = 3_600_000;

const LEVELS: Readonly<Record<string, Level>> = {
  trace: "trace",
  debug: "debug",
  info: "info",
  warn: "warn",
  error: "error",
  dpanic: "fatal",
  panic: "fatal",
  fatal: "fatal",
};

/** The level of that name, in any case; undefined when there is none. */
export function readLevel(name: string): Level | undefined {
  return Object.hasOwn(LEVELS, name.toLowerCase()) ? LEVELS[name.toLowerCase()] : undefined;
}

/** Levels that there are, and names that differ. @throws VexilError VEXIL_VALIDATION_CONFIG */
export function checkLog(section: LogSection): void {
  if (section.grpc_level !== undefined && readLevel(section.grpc_level) === undefined) {
    throw configError(
      `parsing grpc log level ("${section.grpc_level}"): log.grpc_level is one of ${Object.keys(LEVELS).join(", ")}`,
    );
  }
  const { interval } = section.sampling;
  if (interval < 100 || interval > LONGEST_INTERVAL_MS) {
    throw configError("log.sampling.interval: it is not between 100ms and 1h", undefined, [
      "log",
      "sampling",
      "interval",
    ]);
  }
  const { time, level, message } = section.keys;
  if (new Set([time, level, message, "event"]).size < 4 || [time, level, message].includes("")) {
    throw configError("log.keys.time, level and message must be different names, and none of them event or empty");
  }
}
