import type { Command } from "commander";
import { EXAMPLE_DIRECTORY } from "../client/example-directory.js";

export function registerQuickstart(program: Command): void {
  program
    .command("quickstart")
    .description("Make a small flag repository under .vexil/, serve it on 127.0.0.1 and say what to try.")
    .option("-p, --port <port>", "the port to listen on", "8080")
    .option("-d, --dir <dir>", "where the example lives", EXAMPLE_DIRECTORY)
    .option("--reset", "begin anew: remove the example and its clone first")
    .addHelpText("after", "\nExamples:\n  vexil quickstart\n  vexil quickstart --port 8090\n  vexil quickstart --reset")
    .action(async (options: { readonly port: string; readonly dir: string; readonly reset?: true }) => {
      // Loaded only when it is needed: the other commands start faster without it.
      const { quickstart } = await import("../quickstart/quickstart.js");
      process.exit(
        await quickstart({ directory: options.dir, port: Number(options.port), reset: options.reset === true }),
      );
    });
}
