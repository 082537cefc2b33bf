import { DEFAULT_FEATURE_LIMITS } from "@vexil/core";
import type { Command } from "commander";
import { collectFiles } from "../validate/collect-files.js";
import { findFaults } from "../validate/find-faults.js";
import { writeOut } from "./write-out.js";

export function registerValidate(program: Command): void {
  program
    .command("validate")
    .description("Print every fault of flag files as file:line:column: reason.")
    .argument("[paths...]", "directories (each one environment) and files", ["."])
    .addHelpText(
      "after",
      `
A directory is looked at as the daemon looks at an environment's directory: every features.yaml, features.yml and
features.json of its folders, and its flipt.yaml. Exit code 1 if there is any fault.

Examples:
  vexil validate
  vexil validate production staging
  vexil validate default/features.yaml`,
    )
    .action(async (paths: readonly string[]) => {
      try {
        const sets = await collectFiles(paths, DEFAULT_FEATURE_LIMITS.fileBytes);
        const faults = await findFaults(sets, DEFAULT_FEATURE_LIMITS);
        writeOut(
          faults.map(({ file, line = 1, column = 1, reason }) => `${file}:${line}:${column}: ${reason}\n`).join(""),
        );
        const files = sets.reduce((sum, set) => sum + set.files.size, 0);
        process.stderr.write(`${count(files, "file")}, ${count(faults.length, "fault")}\n`);
        if (faults.length > 0) process.exitCode = 1;
      } catch (error) {
        const { code, path, message } = error as NodeJS.ErrnoException;
        const reason = code === "ENOENT" ? `${path}: no such file or directory` : message;
        process.stderr.write(`Error: ${reason}\n`);
        process.exitCode = 1;
      }
    });
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
