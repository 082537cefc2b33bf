import { type Command, Option } from "commander";
import { failed } from "../client/api-client.js";
import { writeOut } from "../client/write-out.js";
import type { InitOptions } from "../init/ask-wishes.js";
import { INIT_BACKENDS } from "../init/init-config.js";

export function registerInit(program: Command): void {
  program
    .command("init")
    .description("Begin a flag repository: a configuration, a sample flag with tests, and checks for CI and commits.")
    .argument("[directory]", "where; it is made if it is not there", ".")
    .option("--remote <url>", "the repository on a git server that is served (else the directory itself)")
    .addOption(
      new Option("--backend <type>", "where the daemon keeps what it has of the remote").choices(INIT_BACKENDS),
    )
    .option("--workflow", "with a workflow of GitHub that checks pull requests (the default)")
    .option("--no-workflow", "without it")
    .option("--hook", "with a hook of git that checks commits (the default)")
    .option("--no-hook", "without it")
    .option("-y, --yes", "do not ask")
    .addHelpText(
      "after",
      `
On a terminal it asks for what no option says. A file that is there stays as it is. Where the directory is no repository
yet, one is begun, with a first commit.

Examples:
  vexil init flags
  vexil init --yes --remote git@git.example.com:acme/flags.git --backend local`,
    )
    .action(async (directory: string, options: InitOptions) => {
      try {
        const [{ askWishes }, { init }] = await Promise.all([
          import("../init/ask-wishes.js"),
          import("../init/init.js"),
        ]);
        writeOut(await init(directory, await askWishes(options)));
      } catch (error) {
        failed(error);
      }
    });
}
