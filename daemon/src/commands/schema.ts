import { configJsonSchema } from "@vexil/config/json-schema";
import type { Command } from "commander";
import { writeOut } from "./write-out.js";

export function registerSchema(program: Command): void {
  program
    .command("schema")
    .description("Print the JSON Schema of the configuration, for editors.")
    .addHelpText(
      "after",
      `
With the schema beside it, an editor completes a configuration that begins with the line
  # yaml-language-server: $schema=vexil.schema.json

Examples:
  vexil schema > vexil.schema.json`,
    )
    .action(() => writeOut(`${JSON.stringify(configJsonSchema(), null, 2)}\n`));
}
