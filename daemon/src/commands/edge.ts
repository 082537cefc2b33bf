import { startEarly } from "@vexil/flags/parse/early-process";
import { type Command, Option } from "commander";
import type { EdgeOptions } from "../edge/edge-variables.js";

export function registerEdge(program: Command): void {
  program
    .command("edge")
    .description("Serve what another vexil serves, and go on without it when it is away.")
    .requiredOption("-u, --upstream <url>", "the daemon whose flags are served")
    .option("--token-file <file>", "a file with a token that the upstream knows")
    .option("--username <name>", "the user that a proxy before the upstream knows; with --password-file")
    .option("--password-file <file>", "a file with that user's password")
    .addOption(new Option("--writes <how>", "what becomes of changes").choices(["refuse", "forward"]))
    .option("--no-counts", "do not report how often flags are evaluated")
    .option("--path <dir>", "a directory that keeps the flags: it starts without its upstream then")
    .option("--storage <id...>", "serve these storages only")
    .option("--environment <name...>", "serve these environments only")
    .option("--host <address>", "the address to listen on (else that of the configuration, or 127.0.0.1)")
    .option("-p, --port <port>", "the port to listen on (else that of the configuration, or 8080)")
    .option("-c, --config <file>", "the configuration file for all else (else it is searched for, as by serve)")
    .addHelpText(
      "after",
      "\nThe manual's page Edges says how it follows its upstream, and what becomes of changes.\n" +
        "\nA token is read from a file, never from an option: options are seen by everybody on the machine.\n" +
        "\nExamples:\n  vexil edge --upstream https://flags.example.com --token-file /run/secrets/token\n" +
        "  vexil edge --upstream https://flags.example.com --path /var/lib/vexil-edge --writes forward",
    )
    .action(async ({ config, ...options }: EdgeOptions & { readonly config?: string }) => {
      const { edgeVariables } = await import("../edge/edge-variables.js");
      let env: NodeJS.ProcessEnv;
      try {
        env = { ...process.env, ...edgeVariables(options) };
      } catch (error) {
        process.stderr.write(`Error: ${(error as Error).message}\n`);
        process.exitCode = 1;
        return;
      }
      startEarly();
      // Loaded only when it is needed: the other commands start faster without it.
      const { run } = await import("../run.js");
      process.exit(await run({ ...(config !== undefined && { file: config }), env, cwd: process.cwd() }));
    });
}
