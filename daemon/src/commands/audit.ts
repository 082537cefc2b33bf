import { secretFromFile } from "@vexil/plugin-api";
import type { Command } from "commander";
import { type TrailReport, verifyTrail } from "../audit/verify-trail.js";
import { counted } from "../client/counted.js";
import { writeOut } from "../client/write-out.js";

interface Options {
  readonly keyFile?: string;
  readonly expect?: string;
  readonly json?: true;
}

export function registerAudit(program: Command): void {
  const audit = program.command("audit").description("Check audit trails, which sinks of type file write.");
  audit
    .command("verify")
    .description("Find every line of an audit trail that was changed, removed, reordered or cut.")
    .argument("<file>", "the trail; files that were full before it are found beside it")
    .option("--key-file <file>", "file with the key of the sink, where it has one")
    .option("--expect <line>", "a line that was noted before, as <number>:<hash>")
    .option("--json", "one JSON object, for programs")
    .addHelpText(
      "after",
      `
Exit code 0 if the trail is whole, 1 if something of it is not as it was written, 2 if it cannot be read.

Examples:
  vexil audit verify /var/lib/vexil/audit.jsonl
  vexil audit verify audit.jsonl --key-file /run/secrets/audit --expect 4711:9f86d0…`,
    )
    .action(async (file: string, options: Options) => {
      try {
        const key = options.keyFile === undefined ? undefined : (await secretFromFile(options.keyFile)).reveal();
        const report = await verifyTrail(file, { key, expected: expectedOf(options.expect) });
        writeOut(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : shown(file, report));
        process.exitCode = report.faults.length === 0 ? 0 : 1;
      } catch (error) {
        process.stderr.write(`Error: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 2;
      }
    });
}

function expectedOf(text: string | undefined): { readonly seq: number; readonly hash: string } | undefined {
  if (text === undefined) return undefined;
  const found = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text);
  if (found === null) throw new Error(`--expect ${text} is no <number>:<64 hex digits>`);
  return { seq: Number(found[1]), hash: found[2] as string };
}

function shown(path: string, { files, lines, first, last, faults, notes }: TrailReport): string {
  const places = faults.map(({ file, line, reason }) => `${file}${line === undefined ? "" : `:${line}`}: ${reason}\n`);
  const count = `${counted(lines, "line")} in ${counted(files.length, "file")}`;
  const result = faults.length === 0 ? "whole" : "NOT as it was written";
  const end = last === undefined ? "" : ` (${first} to ${last.seq}); the last is ${last.seq}:${last.hash}`;
  return `${places.join("")}${notes.map((note) => `note: ${note}\n`).join("")}${path}: ${result}, ${count}${end}\n`;
}
