import type { Command } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { targetPath } from "../client/target.js";
import { writeOut } from "./write-out.js";

interface Options extends ClientOptions {
  readonly environment?: string;
  readonly to: string;
  readonly revision?: string;
}

export function registerRollback(program: Command): void {
  const command = program
    .command("rollback")
    .description("Put a namespace, a flag or a segment back to what it was at a revision, by a new commit.")
    .argument("<target>", "<namespace>, <namespace>/flag/<key> or <namespace>/segment/<key>")
    .requiredOption("--to <revision>", "the commit to go back to, or the first digits of its id (see vexil history)")
    .option("--revision <revision>", "refuse if the target's file has changed since this commit")
    .option("-e, --environment <key>", "the environment (else the default one)");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
Prints the branch's head afterwards, which is the old one if there was nothing to change. Exit code 1 if the daemon
refuses, 2 if none answers.

Examples:
  vexil rollback default/flag/checkout --to 2f1c0e4b
  vexil rollback ops --environment staging --to 2f1c0e4b7a9d83c6e5f40112233445566778899a`,
    )
    .action(async (target: string, options: Options) => {
      try {
        const client = await ApiClient.open(options);
        const path = await targetPath(client, options.environment, target);
        const { to, revision } = options;
        const body = { to, ...(revision === undefined ? {} : { revision }) };
        const answer = (await client.ask("POST", `${path}/rollback`, body)) as { readonly revision: string };
        writeOut(`${answer.revision}\n`);
      } catch (error) {
        failed(error);
      }
    });
}
