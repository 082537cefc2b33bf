import { configJsonSchema } from "@vexil/config/json-schema";
import { casesJsonSchema } from "@vexil/flags/cases/cases-schema";
import { Argument, type Command } from "commander";
import { writeOut } from "./write-out.js";

export function registerSchema(program: Command): void {
  program
    .command("schema")
    .description("Print the JSON Schema of the configuration, or of test cases, for editors.")
    .addArgument(new Argument("[what]", "which files it is for").choices(["config", "tests"]).default("config"))
    .addHelpText(
      "after",
      `
With the schema beside it, an editor completes a configuration that begins with the line
  # yaml-language-server: $schema=vexil.schema.json

Examples:
  vexil schema > vexil.schema.json
  vexil schema tests > tests.schema.json`,
    )
    .action((what: string) => {
      const schema = what === "tests" ? casesJsonSchema() : configJsonSchema();
      writeOut(`${JSON.stringify(schema, null, 2)}\n`);
    });
}
