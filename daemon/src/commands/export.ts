import { type Command, Option } from "commander";
import { revisionText } from "../client/revision-text.js";
import { writeOut } from "../client/write-out.js";
import { type ItemOptions, withDaemon, withItemOptions } from "../items/write-options.js";
import { exportNamespaces } from "../migrate/export-namespaces.js";
import { Report } from "../migrate/model/report.js";
import type { WrittenNamespace } from "../migrate/model/written-namespace.js";
import { reportText } from "../migrate/report-text.js";
import { featuresDocument, featuresYaml } from "../migrate/to/features-yaml.js";
import { flagdDefinition } from "../migrate/to/flagd.js";

type Format = "yaml" | "json" | "flagd";

interface Options extends Omit<ItemOptions, "json"> {
  readonly at?: string;
  readonly format: Format;
}

export function registerExport(program: Command): void {
  const command = program
    .command("export")
    .description("Write the flags of an environment to stdout, as features files or as flagd's definitions.");
  withItemOptions(command, { hasNamespace: false, hasJson: false })
    .option("-n, --namespace <key>", "one namespace (else all of them)")
    .option("--at <revision>", 'the state at a commit, a tag, a branch, main~3 or a time ("2 hours ago")')
    .addOption(
      new Option("--format <format>", "documents of YAML, a JSON list of them, or flagd's definitions")
        .choices(["yaml", "json", "flagd"])
        .default("yaml"),
    )
    .addHelpText(
      "after",
      `
Items are written as they are served, without comments. Of flagd several namespaces are a list of flag sets; what cannot be
said there is reported to stderr. Exit code 1 if there is no such namespace or revision, 2 if no daemon answers.

Examples:
  vexil export > flags.yaml
  vexil export --environment production --namespace shop --at "2 days ago"
  vexil export --namespace shop --format flagd --local ./flags/production > shop.flagd.json`,
    )
    .action((options: Options) =>
      withDaemon(options as ItemOptions, async (client) => {
        const { environment, namespace, at } = options;
        const namespaces = await exportNamespaces(client, {
          ...(environment === undefined ? {} : { environment }),
          ...(namespace === undefined ? {} : { namespace }),
          ...(at === undefined ? {} : { at: revisionText(at) }),
        });
        writeOut(exported(namespaces, options.format));
      }),
    );
}

function exported(namespaces: readonly WrittenNamespace[], format: Format): string {
  if (format === "yaml") return namespaces.map(featuresYaml).join("---\n");
  if (format === "json") return `${JSON.stringify(namespaces.map(featuresDocument), null, 2)}\n`;
  const report = new Report();
  const [first, ...others] = namespaces.map((namespace) => flagdDefinition(namespace, report));
  const { notices, isLossless } = report;
  if (notices.length > 0) process.stderr.write(reportText({ namespaces, notices, isLossless }, "text"));
  return `${JSON.stringify(others.length === 0 ? (first ?? {}) : [first, ...others], null, 2)}\n`;
}
