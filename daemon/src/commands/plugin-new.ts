import { type Command, Option } from "commander";
import { writeOut } from "../client/write-out.js";
import { newPlugin, shortName } from "../plugin-kit/new-plugin.js";
import { TEMPLATE_KINDS, type TemplateKind } from "../plugin-kit/plugin-manifest.js";

export function registerPluginNew(plugin: Command): void {
  plugin
    .command("new <name>")
    .description("Make the folder of a new plugin, which builds and passes the conformance kit as it is.")
    .addOption(new Option("--kind <kind>", "what it is").choices(TEMPLATE_KINDS).default("backend"))
    .addHelpText("after", "\nExamples:\n  vexil plugin new redis\n  vexil plugin new vault --kind auth")
    .action(async (given: string, options: { readonly kind: TemplateKind }) => {
      try {
        const name = shortName(given, options.kind);
        const folder = await newPlugin(name, options.kind, process.cwd());
        writeOut(
          `Made ${folder}. Next:\n\n  cd ${folder}\n  npm install\n  npm test\n\n${usage(name, folder, options.kind)}`,
        );
      } catch (error) {
        process.stderr.write(`Error: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 1;
      }
    });
}

function usage(name: string, folder: string, kind: TemplateKind): string {
  const example = {
    backend: `  storage:\n    default: { backend: { type: ./${folder} } }`,
    auth: `  credentials:\n    git: { type: ./${folder}, token: "…" }`,
    authentication: `  authentication:\n    methods: { ${name}: { enabled: true, key: "…" } }`,
    authorization: `  authorization: { required: true, backend: ./${folder}, settings: { readers: [ada] } }`,
    sink: `  sinks:\n    told: { type: ./${folder}, path: events.jsonl }`,
  }[kind];
  const key = kind === "authorization" ? "backend" : "type";
  const how =
    kind === "authentication"
      ? "Then install it beside a configuration, and name it there"
      : `Then name it in a configuration beside the folder (installed, it is \`${key}: ${name}\`)`;
  return `${how}:\n\n${example}\n`;
}
