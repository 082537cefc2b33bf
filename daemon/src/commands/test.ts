import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { type Command, Option } from "commander";
import { type CaseReport, faultLine, flagName } from "../cases/case-report.js";
import { CASE_FORMATS, type CaseFormat, printReport } from "../cases/print-report.js";
import { runDirectories } from "../cases/run-directories.js";
import { watchDirectories } from "../cases/watch-directories.js";
import { counted } from "../client/counted.js";
import { writeOut } from "../client/write-out.js";

interface Options {
  readonly local?: string;
  readonly filter?: string;
  readonly format: CaseFormat;
  readonly watch?: true;
}

const FAILED = 1;
/** There is nothing to run, or it cannot be used: a run that says nothing of it would pass for ever. */
const UNUSABLE = 2;

export function registerTest(program: Command): void {
  program
    .command("test")
    .description("Run the test cases that lie beside flag files.")
    .argument("[directories...]", "directories, each one environment (else this one)")
    .option("--local <directory>", "a directory more, named as other commands name it")
    .option("--filter <text>", "only cases whose namespace/flag or name contains the text")
    .addOption(new Option("--format <format>", "how to print what comes out").choices(CASE_FORMATS).default("tap"))
    .option("--watch", "run them again whenever a file changes")
    // A mistyped option must not pass for a case that fails.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : UNUSABLE))
    .addHelpText(
      "after",
      `
Cases are written in features.test.yaml beside a features file, for the namespaces of that file; "vexil schema tests"
prints the JSON Schema of it. A share is counted over all buckets that entities are spread over, so it is exact.

Exit code 0: all cases pass; 1: some fail; 2: there are none, or a file or directory cannot be used.

Examples:
  vexil test
  vexil test production --filter checkout
  vexil test production staging --format junit > flags.xml`,
    )
    .action(async (named: readonly string[], { local, ...options }: Options) => {
      const given = local === undefined ? named : [...named, local];
      const directories = given.length === 0 ? ["."] : given;
      const run = async (): Promise<void> => {
        process.exitCode = await runOnce(directories, options);
      };
      let running = Promise.resolve();
      // What changes while they run has them run once more.
      if (options.watch) {
        watchDirectories(directories, () => {
          running = running.then(run);
        });
      }
      running = running.then(run);
      await running;
    });
}

async function runOnce(directories: readonly string[], { filter, format }: Options): Promise<number> {
  const report = filtered(await reportOf(directories), filter);
  writeOut(printReport(format, report));
  for (const fault of report.faults) process.stderr.write(faultLine(fault));
  const failed = report.cases.filter(({ failures }) => failures.length > 0).length;
  process.stderr.write(`${counted(report.cases.length, "case")}, ${failed} failed\n`);
  if (report.faults.length > 0) return UNUSABLE;
  return failed > 0 ? FAILED : 0;
}

async function reportOf(directories: readonly string[]): Promise<CaseReport> {
  try {
    return await runDirectories(directories, DEFAULT_FEATURE_LIMITS);
  } catch (error) {
    const { code, path, message } = error as NodeJS.ErrnoException;
    if (code === undefined || path === undefined) throw error;
    const reason = code === "ENOENT" ? "no such file or directory" : message;
    return { cases: [], faults: [{ file: path, reason }] };
  }
}

function filtered(report: CaseReport, filter: string | undefined): CaseReport {
  if (filter === undefined) return report;
  const cases = report.cases.filter((one) => `${flagName(one)}: ${one.name}`.includes(filter));
  if (cases.length > 0 || report.faults.length > 0) return { ...report, cases };
  return { cases, faults: [{ file: "--filter", reason: `no case has ${JSON.stringify(filter)} in its name` }] };
}
