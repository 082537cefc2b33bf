import { Command } from "commander";
import { commandsFor } from "./commands/index.js";
import { version } from "./version.js";

const program = new Command("vexil")
  .description("Keeps feature flags in git and serves them over HTTP.")
  .version(version)
  .showHelpAfterError("(add --help for the options)");

for (const register of await commandsFor(process.argv.slice(2))) register(program);

await program.parseAsync();
