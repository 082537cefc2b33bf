import { startEarly } from "@vexil/flags/parse/early-process";
import type { Command } from "commander";

export function registerServe(program: Command): void {
  program
    .command("serve", { isDefault: false })
    .description("Serve the flags that the configuration names, until SIGTERM or SIGINT.")
    .option(
      "-c, --config <file>",
      "the configuration file (else it is searched for, see the manual's page Configuration)",
    )
    .addHelpText("after", "\nExamples:\n  vexil serve\n  vexil serve --config /etc/vexil/vexil.yaml")
    .action(async (options: { readonly config?: string }) => {
      startEarly();
      // Loaded only when it is needed: the other commands start faster without it.
      const { run } = await import("../run.js");
      const code = await run({
        ...(options.config === undefined ? {} : { file: options.config }),
        env: process.env,
        cwd: process.cwd(),
      });
      // Everything is closed; what a plugin may have left open must not keep the process.
      process.exit(code);
    });
}
