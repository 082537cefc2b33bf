import type { Command } from "commander";
import { printableLine } from "../client/printable.js";
import { writeOut } from "../client/write-out.js";
import { completionOf } from "../completion/candidates.js";
import { servedNames } from "../completion/served-names.js";
import { SCRIPTS, SHELLS } from "../completion/shell-scripts.js";
import { codesLike } from "../troubleshooting/explain-code.js";

export function registerCompletion(program: Command): void {
  const completion = program
    .command("completion")
    .description("Print what makes a shell complete the words of vexil.")
    .addHelpText(
      "after",
      `
Commands and options are completed, and environments, namespaces, flags, segments and storages of the daemon that the words before
the cursor name, if it answers at once.

Examples:
  vexil completion bash > ~/.local/share/bash-completion/completions/vexil
  vexil completion zsh > "\${fpath[1]}/_vexil"
  vexil completion fish > ~/.config/fish/completions/vexil.fish`,
    );
  for (const shell of SHELLS) {
    completion
      .command(shell)
      .description(`Print the script of ${shell}.`)
      .action(() => writeOut(SCRIPTS[shell]));
  }
  completion
    .command("words", { hidden: true })
    .description("Print the words that may stand where the last of these is.")
    .argument("[words...]")
    .action(async (words: readonly string[]) => {
      const lines = await linesFor(program, words.length === 0 ? [""] : words);
      writeOut(lines.map((line) => `${line}\n`).join(""));
      // A daemon that has not answered yet is not waited for.
      process.exit();
    });
}

async function linesFor(program: Command, words: readonly string[]): Promise<readonly string[]> {
  const completion = completionOf(program, words);
  const last = words.at(-1) ?? "";
  if ("candidates" in completion) {
    const fitting = completion.candidates.filter(({ word }) => word.startsWith(last));
    return fitting.map(({ word, description }) =>
      description === undefined ? word : `${word}\t${summary(description)}`,
    );
  }
  const { kind } = completion;
  if (kind === "free") return [];
  if (kind === "code") return codesLike(last).filter((code) => code.startsWith(last));
  if (kind === "file" || kind === "directory") return [`:${kind}`];
  const given = /^--[\w-]+=/.exec(last)?.[0] ?? "";
  const names = (await servedNames(kind, words.slice(0, -1))).map((name) => `${given}${printableLine(name)}`);
  return names.filter((name) => name.startsWith(last));
}

/** The first sentence, of one line. */
function summary(description: string): string {
  return printableLine(description).split(/\.(?: |$)|; | \(/)[0] ?? "";
}
