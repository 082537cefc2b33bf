import { Command } from "commander";
import type { RegisterCommand } from "./commands/index.js";
import { version } from "./version.js";

/** Runs the command that the process was started with. */
export async function runProgram(commands: readonly RegisterCommand[]): Promise<void> {
  const program = new Command("vexil")
    .description("Keeps feature flags in git and serves them over HTTP.")
    .version(version)
    .showHelpAfterError("(add --help for the options)");
  for (const register of commands) register(program);
  await program.parseAsync();
}
