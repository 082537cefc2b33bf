import { Argument, type Command } from "commander";
import { writeOut } from "../client/write-out.js";
import { SCHEMA_NAMES, type SchemaName, schemaText } from "../schemas.js";

export function registerSchema(program: Command): void {
  program
    .command("schema")
    .description("Print the JSON Schema of the configuration, of features files or of test cases, for editors.")
    .addArgument(new Argument("[what]", "which files it is for").choices(SCHEMA_NAMES).default("config"))
    .addHelpText(
      "after",
      `
With the schema beside it, an editor completes a configuration that begins with the line
  # yaml-language-server: $schema=vexil.schema.json
A daemon serves them as /schemas/config.json, /schemas/features.json and /schemas/tests.json.

Examples:
  vexil schema > vexil.schema.json
  vexil schema features > features.schema.json
  vexil schema tests > tests.schema.json`,
    )
    .action((what: SchemaName) => writeOut(schemaText(what)));
}
