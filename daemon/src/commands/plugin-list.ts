import { loadConfig } from "@vexil/config/load-config";
import { type ListedPlugin, loadPlugins } from "@vexil/engine/plugins/plugin-registry";
import type { Logger } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import type { Command } from "commander";
import { writeOut } from "../client/write-out.js";

interface Options {
  readonly config?: string;
  readonly json?: true;
}

/** Listing is no run of the daemon: nothing is logged. */
const silent: Logger = { log: () => {}, child: () => silent };

export function registerPluginList(plugin: Command): void {
  plugin
    .command("list")
    .description("List the plugins that a configuration names: package, version, file, API version, capabilities.")
    .option("-c, --config <file>", "the configuration file (else it is searched for, as by serve)")
    .option("--json", "one JSON list, for programs")
    .addHelpText(
      "after",
      "\nThe plugins are loaded and their settings checked; none is started.\n\nExamples:\n  vexil plugin list\n  vexil plugin list --config vexil.yaml --json",
    )
    .action(async (options: Options) => {
      try {
        const config = await loadConfig({
          ...(options.config === undefined ? {} : { file: options.config }),
          env: process.env,
          cwd: process.cwd(),
        });
        const registry = await loadPlugins(config, silent, { bundledFrom: new URL(import.meta.url) });
        const listed = registry.list();
        await registry.close();
        writeOut(options.json ? `${JSON.stringify(listed, null, 2)}\n` : asTable(listed));
      } catch (error) {
        process.stderr.write(`Error: ${toVexilError(error).message}\n`);
        process.exitCode = 1;
      }
    });
}

function asTable(listed: readonly ListedPlugin[]): string {
  const rows = [
    ["USED BY", "TYPE", "PACKAGE", "VERSION", "API", "CAPABILITIES", "FILE"],
    ...listed.map((one) => [
      usedBy(one),
      one.type,
      one.package,
      one.version ?? "-",
      String(one.apiVersion),
      able(one),
      one.file,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

/** Words for what names a plugin for a purpose. */
const USERS: Readonly<Record<NonNullable<ListedPlugin["role"]>, string>> = {
  backend: "storage",
  signature: "signature of storage",
  auth: "credential",
  authentication: "method",
  authorization: "rights by",
  sink: "sink",
};

function usedBy({ role, id }: ListedPlugin): string {
  return role === undefined ? "-" : `${USERS[role]} ${id}`;
}

function able({ capabilities }: ListedPlugin): string {
  if (capabilities === undefined) return "-";
  if ("batch" in capabilities) return `${capabilities.batch} events at once`;
  return [capabilities.durable ? "durable" : "not durable", capabilities.shared ? "shared" : "not shared"].join(", ");
}
