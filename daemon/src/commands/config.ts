import { formatPath } from "@vexil/config/config-tree";
import { explain } from "@vexil/config/explain";
import { readConfig } from "@vexil/config/load-config";
import type { Command } from "commander";
import { Document, isMap, isNode } from "yaml";
import { writeOut } from "../client/write-out.js";
import { loadingFault } from "../loading-fault.js";

interface Options {
  readonly config?: string;
  readonly json?: true;
}

export function registerConfig(program: Command): void {
  program
    .command("config")
    .description("Print the effective configuration, secrets redacted, with where each value came from.")
    .option("-c, --config <file>", "the configuration file (else it is searched for, as by serve)")
    .option("--json", "one JSON object, for programs")
    .addHelpText(
      "after",
      `
A value comes from the file (its line is named), from a variable such as VEXIL_SERVER_HTTP_PORT, or is a default.
Exit code 1 when the configuration would stop the start; the message names the key.

Examples:
  vexil config
  vexil config --config /etc/vexil/vexil.yaml --json
  VEXIL_LOG_LEVEL=debug vexil config`,
    )
    .action(async (options: Options) => {
      const file = options.config;
      try {
        const { config, tree } = await readConfig({
          ...(file === undefined ? {} : { file }),
          env: process.env,
          cwd: process.cwd(),
        });
        const values = explain(tree);
        for (const warning of config.warnings) process.stderr.write(`Warning: ${warning}\n`);
        if (options.json) {
          const shown = values.map(({ path, value, source }) => ({ key: formatPath(path), value, source }));
          writeOut(
            `${JSON.stringify({ file: config.file ?? null, values: shown, warnings: config.warnings }, null, 2)}\n`,
          );
        } else writeOut(`# ${config.file ?? "no configuration file: defaults"}\n${asYaml(values)}`);
      } catch (error) {
        process.stderr.write(loadingFault(error));
        process.exitCode = 1;
      }
    });
}

/** The values as a configuration file that has each one's origin as its comment. */
function asYaml(values: ReturnType<typeof explain>): string {
  const document = new Document({});
  for (const { path, value, source } of values) {
    const node = document.createNode(value, { flow: true });
    if (isNode(node)) node.comment = ` ${source}`;
    document.setIn(path, node);
  }
  if (isMap(document.contents)) {
    for (const pair of document.contents.items.slice(1)) if (isNode(pair.key)) pair.key.spaceBefore = true;
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
