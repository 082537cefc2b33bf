import type { Command } from "commander";
import { failed } from "../client/api-client.js";
import { RefusedError } from "../client/client-errors.js";
import { writeOut } from "../client/write-out.js";
import { codesLike, explainedCode } from "../troubleshooting/explain-code.js";

export function registerExplainError(program: Command): void {
  program
    .command("explain-error")
    .description("Say what an error's code means, where it comes from most often, and what to do.")
    .argument("<code>", "the code, or a part of it")
    .addHelpText(
      "after",
      `
Every error of the daemon and its commands has a code. Exit code 1 if there is no such code.

Examples:
  vexil explain-error VEXIL_REMOTE_BRANCH_GONE
  vexil explain-error host_key`,
    )
    .action((text: string) => {
      const codes = codesLike(text);
      if (codes.length === 0) {
        failed(new RefusedError(`there is no code ${text}; the manual's page Troubleshooting lists them all`));
        return;
      }
      writeOut(codes.map(explainedCode).join("\n"));
    });
}
