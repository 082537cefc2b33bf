import { isAbsolute } from "node:path";
import { duration, list, path, type SettingsLayout } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** Longest time that the host gives a delivery, less that for ending a command. */
const LONGEST_MS = 280_000;
const ARGUMENTS = 100;
const ARGUMENT_LENGTH = 4_096;
/** Variables of the daemon, of the service manager, and of what finds secrets: for no other process. */
const OWN = /^(?:VEXIL_|FLIPT_|CREDENTIALS_|NOTIFY_|LISTEN_|WATCHDOG_|OTEL_EXPORTER_|NODE_OPTIONS$)/;

export const execSettings = z
  .strictObject({
    command: list().prefault([]).describe("The program, by an absolute path, and its arguments. No shell reads it."),
    directory: path().optional().describe("Working directory. Default: /"),
    environment: list()
      .prefault([])
      .describe("Names of the daemon's variables that it gets besides PATH. Those of the daemon itself are refused."),
    timeout: duration()
      .prefault("30s")
      .describe("Time for one event; then SIGTERM, and SIGKILL 5 s later, to its process group."),
  })
  .superRefine(({ command, directory, environment, timeout }, context) => {
    const issue = (at: string, message: string): void => context.addIssue({ code: "custom", path: [at], message });
    const [program] = command;
    if (program === undefined) issue("command", "non-empty value is required");
    else if (!isAbsolute(program)) issue("command", `${JSON.stringify(program)} is no absolute path of a program`);
    if (command.length > ARGUMENTS) issue("command", `it has more than ${ARGUMENTS} parts`);
    if (command.some((part) => part.length > ARGUMENT_LENGTH || part.includes("\0"))) {
      issue("command", `a part of it has more than ${ARGUMENT_LENGTH} characters, or a zero byte`);
    }
    if (directory === "") issue("directory", "non-empty value is required");
    for (const name of environment) {
      if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) issue("environment", "it names no variable");
      else if (OWN.test(name)) issue("environment", `${name} is the daemon's own, and given to no command`);
    }
    if (timeout < 100 || timeout > LONGEST_MS) issue("timeout", `timeout ${timeout}ms is not between 100ms and 280s`);
  });

export type ExecSettings = z.output<typeof execSettings>;

export default { schema: execSettings, missing: "command non-empty value is required" } satisfies SettingsLayout;
