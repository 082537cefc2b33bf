import { toVexilError } from "@vexil/plugin-api/errors";
import { type Command, Option } from "commander";
import { writeOut } from "../client/write-out.js";
import { TEMPLATE_KINDS, type TemplateKind } from "../plugin-kit/plugin-manifest.js";
import { testPlugin } from "../plugin-kit/test-plugin.js";

interface Options {
  readonly kind: TemplateKind;
  readonly settings: string;
  readonly quiet?: true;
  readonly build: boolean;
}

export function registerPluginTest(plugin: Command): void {
  plugin
    .command("test [specifier]")
    .description("Run the conformance cases on a plugin: the package in this folder, or a specifier seen from it.")
    .option("--settings <json>", "its settings, as JSON", "{}")
    .addOption(new Option("--kind <kind>", "what a name means").choices(TEMPLATE_KINDS).default("backend"))
    .option("--no-build", "test what is built, even if the sources are newer")
    .option("-q, --quiet", "print only what fails")
    .addHelpText(
      "after",
      `
A package whose sources are newer than its build is built first, by its build script. The cases run in an empty
directory. Exit code 1 if a case fails, or the build.

Examples:
  vexil plugin test
  vexil plugin test ./vexil-backend-redis --settings '{"url":"redis://127.0.0.1"}'`,
    )
    .action(async (specifier: string | undefined, options: Options) => {
      try {
        const { passed, failed, skipped } = await testPlugin({
          specifier: specifier ?? ".",
          kind: options.kind,
          directory: process.cwd(),
          settings: parseSettings(options.settings),
          build: options.build,
          onNotice: (text) => process.stderr.write(`${text}\n`),
          onResult: ({ title, outcome, reason }) => {
            if (outcome === "failed") writeOut(`failed   ${title}: ${reason}\n`);
            else if (!options.quiet)
              writeOut(`${outcome.padEnd(8)} ${title}${reason === undefined ? "" : ` (${reason})`}\n`);
          },
        });
        writeOut(`${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}\n`);
        if (failed > 0) process.exitCode = 1;
      } catch (error) {
        process.stderr.write(`Error: ${toVexilError(error).message}\n`);
        process.exitCode = 1;
      }
      // What a plugin leaves open, or a case that failed, must not keep the shell waiting.
      process.exit();
    });
}

function parseSettings(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error("--settings must be a JSON object");
}
