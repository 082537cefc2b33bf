import { relative } from "node:path";
import { type Command, Option } from "commander";
import { failed } from "../client/api-client.js";
import { commitFiles, requireClone } from "../migrate/commit-files.js";
import { SOURCE_SYSTEMS, type SourceSystem } from "../migrate/from/converters.js";
import { type Imported, importFiles } from "../migrate/import-files.js";
import { type ReportFormat, reportText } from "../migrate/report-text.js";
import { writeFiles } from "../migrate/write-files.js";
import { writeOut } from "./write-out.js";

interface Options {
  readonly from: SourceSystem;
  readonly namespace?: string;
  readonly sourceEnvironment?: string;
  readonly entity?: string;
  readonly output?: string;
  readonly local?: string;
  readonly message?: string;
  readonly replace?: true;
  readonly dryRun?: true;
  readonly format: ReportFormat;
  readonly strict?: true;
}

export function registerImport(program: Command): void {
  program
    .command("import")
    .description("Read the flags of another system, and report what could not be carried over.")
    .argument("<files...>", "its export, JSON or YAML; - is stdin")
    .addOption(new Option("--from <system>", "the system").choices(SOURCE_SYSTEMS).makeOptionMandatory())
    .option("-n, --namespace <key>", "the namespace for all of it (else as the system's projects or sets are called)")
    .option("--source-environment <name>", "which of the system's environments, where the export holds several")
    .option("--entity <property>", "the property that is the entity's id (else the system's own: userId, key, …)")
    .option("-o, --output <directory>", "write <namespace>/features.yaml there (else to stdout)")
    .addOption(new Option("--local <directory>", "write them there, in a git clone, as one commit").conflicts("output"))
    .option("-m, --message <text>", "with --local: the commit's message")
    .option("--replace", "replace files that are there")
    .option("--dry-run", "report only, and write nothing")
    .addOption(new Option("--format <format>", "of the report").choices(["text", "json", "markdown"]).default("text"))
    .option("--strict", "exit code 1 where something could not be carried over; nothing is written then")
    .addHelpText(
      "after",
      `
What cannot be said here is never given another meaning: the flag is left off, and the report says where, what, why and
what was done. Percentages stay, but other users than before are in each part. The report goes to stdout with --output, --local
and --dry-run, else to stderr. Exit code 1 if a file cannot be read or is refused.

Examples:
  vexil import --from flagd flags.json --dry-run
  vexil import --from unleash export.json --source-environment production --output ./flags/production
  vexil import --from launchdarkly flags.json segments.json --source-environment production --namespace shop > shop.yaml
  vexil import --from flipt-v1 features.yml --output ./flags/production --strict`,
    )
    .action(async (files: readonly string[], options: Options) => {
      try {
        if (options.local !== undefined && !options.dryRun) await requireClone(options.local);
        const { from: system, namespace, sourceEnvironment, entity } = options;
        const request = { system, files, namespace, sourceEnvironment, entity, now: Date.now() };
        await finish(await importFiles(request), options);
      } catch (error) {
        failed(error);
      }
    });
}

async function finish(imported: Imported, options: Options): Promise<void> {
  const report = reportText(imported, options.format);
  const isRefused = options.strict === true && !imported.isLossless;
  if (isRefused) process.exitCode = 1;
  if (isRefused || options.dryRun) return writeOut(report);
  const directory = options.local ?? options.output;
  if (directory === undefined) {
    process.stderr.write(report);
    return writeOut(imported.namespaces.map(({ text }) => text).join("---\n"));
  }
  const paths = await writeFiles(imported, directory, options.replace === true);
  const done = options.local === undefined ? "" : await committed(directory, paths, options);
  writeOut(options.format === "text" ? `${report}${paths.map((path) => `wrote ${path}\n`).join("")}${done}` : report);
}

async function committed(directory: string, paths: readonly string[], { from, message }: Options): Promise<string> {
  const own = paths.map((path) => relative(directory, path));
  const revision = await commitFiles(directory, own, message ?? `import flags from ${from}`);
  return revision === undefined ? "nothing has changed: there is no commit\n" : `committed ${revision}\n`;
}
