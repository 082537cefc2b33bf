import type { Command } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { writeOut } from "../client/write-out.js";

interface Options extends ClientOptions {
  readonly live?: true;
}

export function registerHealth(program: Command): void {
  const command = program
    .command("health")
    .description("Ask a daemon whether it can serve, as containers do.")
    .option("--live", "only whether it answers, not whether every storage has something to serve");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
Needs no token. Exit code 0 if it can, 1 if not or if no daemon answers.

Examples:
  vexil health
  vexil health --live --url http://flags.example.com:8080`,
    )
    .action(async (options: Options) => {
      try {
        const client = await ApiClient.open(options);
        await client.ask("GET", options.live ? "/health/live" : "/health/ready");
        writeOut("serving\n");
      } catch (error) {
        failed(error);
        // Engines of containers know no other failure.
        process.exitCode = 1;
      }
    });
}
