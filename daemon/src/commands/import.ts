import { relative } from "node:path";
import { type Command, Option } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { RefusedError } from "../client/client-errors.js";
import { previewText } from "../client/preview-text.js";
import { writeOut } from "../client/write-out.js";
import { commitFiles, requireClone } from "../migrate/commit-files.js";
import { SOURCE_SYSTEMS, type SourceSystem } from "../migrate/from/converters.js";
import { type Imported, importFiles } from "../migrate/import-files.js";
import { type DaemonImported, importToDaemon } from "../migrate/import-to-daemon.js";
import { type ReportFormat, reportText } from "../migrate/report-text.js";
import { writeFiles } from "../migrate/write-files.js";

interface Options extends ClientOptions {
  readonly from: SourceSystem;
  readonly namespace?: string;
  readonly sourceEnvironment?: string;
  readonly entity?: string;
  readonly output?: string;
  readonly local?: string;
  readonly message?: string;
  readonly environment?: string;
  readonly merge?: true;
  readonly replace?: true;
  readonly dryRun?: true;
  readonly format: ReportFormat;
  readonly strict?: true;
}

/** Options that have files written. */
const FILES = ["output", "local"];

export function registerImport(program: Command): void {
  const command = program
    .command("import")
    .description("Read the flags of another system, or features files, into a daemon or into files.")
    .argument("<files...>", "its export, JSON or YAML; - is stdin")
    .addOption(
      new Option("--from <system>", "the system; vexil: features files, as vexil export writes them")
        .choices(SOURCE_SYSTEMS)
        .default("vexil"),
    )
    .option("-n, --namespace <key>", "the namespace for all of it (else as the system's projects or sets are called)")
    .option("--source-environment <name>", "which of the system's environments, where the export holds several")
    .option("--entity <property>", "the property that is the entity's id (else the system's own: userId, key, …)")
    .option("-o, --output <directory>", "write <namespace>/features.yaml there (else to stdout)")
    .addOption(new Option("--local <directory>", "write them there, in a git clone, as one commit").conflicts("output"))
    .addOption(
      new Option("-e, --environment <key>", "write them into this environment of a daemon, as one commit").conflicts(
        FILES,
      ),
    )
    .option("-m, --message <text>", "the commit's message")
    .addOption(
      new Option("--merge", "in a daemon: keep of a namespace what the import does not name").conflicts([
        ...FILES,
        "replace",
      ]),
    )
    .option("--replace", "replace files, or in a daemon namespaces, that are there")
    .option("--dry-run", "write nothing: report, and of a daemon show the diff")
    .addOption(new Option("--format <format>", "of the report").choices(["text", "json", "markdown"]).default("text"))
    .option("--strict", "exit code 1 where something could not be carried over; nothing is written then")
    .addHelpText(
      "after",
      `
What cannot be said here is never given another meaning: the flag is left off, and the report says where, what, why and
what was done. Percentages stay, but other users than before are in each part. The report goes to stdout with --output, --local
and --dry-run, else to stderr. With --url, --config or --environment it goes into a daemon that runs: all of it is one commit,
or nothing is. Exit code 1 if a file cannot be read or is refused, 2 if no daemon answers.

Examples:
  vexil import --from flagd flags.json --dry-run
  vexil import --from unleash export.json --source-environment production --output ./flags/production
  vexil import --from launchdarkly flags.json segments.json --source-environment production --namespace shop > shop.yaml
  vexil import --from flipt-v1 features.yml --output ./flags/production --strict
  vexil import --from unleash export.json --environment staging --namespace shop --merge --dry-run
  vexil export --environment staging > flags.yaml && vexil import flags.yaml --environment production --replace`,
    );
  withClientOptions(command).action(async (files: readonly string[], options: Options) => {
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
  if (options.strict === true && !imported.isLossless) {
    process.exitCode = 1;
    writeOut(report);
    process.stderr.write("nothing was written: with --strict nothing may be lost\n");
    return;
  }
  if (isForDaemon(options)) return intoDaemon(imported, options);
  if (options.dryRun) return writeOut(report);
  const directory = options.local ?? options.output;
  if (directory === undefined) {
    process.stderr.write(report);
    return writeOut(imported.namespaces.map(({ text }) => text).join("---\n"));
  }
  const paths = await writeFiles(imported, directory, options.replace === true);
  const done = options.local === undefined ? "" : await committed(directory, paths, options);
  writeOut(options.format === "text" ? `${report}${paths.map((path) => `wrote ${path}\n`).join("")}${done}` : report);
}

function isForDaemon({ url, config, environment, merge }: Options): boolean {
  return [url, config, environment, merge].some((option) => option !== undefined);
}

async function intoDaemon(imported: Imported, options: Options): Promise<void> {
  if (options.output !== undefined || options.local !== undefined) {
    throw new RefusedError("files and a daemon are two imports: leave off --output and --local, or --url and --config");
  }
  const { environment, message, merge, replace, dryRun = false, format } = options;
  const mode = merge ? "merge" : replace ? "replace" : "refuse";
  const client = await ApiClient.open(options);
  const done = await importToDaemon(client, imported.namespaces, { environment, mode, message, dryRun });
  const { preview, ...told } = done;
  const more = { ...told, ...(preview === undefined ? {} : { preview }) };
  writeOut(`${reportText(imported, format, more)}${format === "text" ? doneText(done) : ""}`);
}

function doneText({ environment, revision, isChanged, removed, preview }: DaemonImported): string {
  if (preview !== undefined) return `\n${previewText(environment, preview)}`;
  if (!isChanged) return "nothing has changed: there is no commit\n";
  return `${removed.map((one) => `removed ${one}\n`).join("")}committed ${revision}\n`;
}

async function committed(directory: string, paths: readonly string[], { from, message }: Options): Promise<string> {
  const own = paths.map((path) => relative(directory, path));
  const revision = await commitFiles(directory, own, message ?? `import flags from ${from}`);
  return revision === undefined ? "nothing has changed: there is no commit\n" : `committed ${revision}\n`;
}
