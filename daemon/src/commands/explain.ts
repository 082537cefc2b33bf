import type { Command } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { explainedText, type ShownExplanation } from "../client/explained-text.js";
import { contextProperty } from "./context-property.js";
import { writeHarmless, writeOut } from "./write-out.js";

interface Options extends ClientOptions {
  readonly environment?: string;
  readonly namespace: string;
  readonly entity: string;
  readonly context: Readonly<Record<string, string>>;
  readonly json?: true;
}

export function registerExplain(program: Command): void {
  const command = program
    .command("explain")
    .description("Explain why a flag gives an entity what it gives, and what would change that.")
    .argument("<flag>", "the flag's key")
    .option("--namespace <key>", "the flag's namespace", "default")
    .option("--entity <id>", "the entity's id", "")
    .option("--context <property=value>", "a property of the context; may be repeated", contextProperty, {})
    .option("-e, --environment <key>", "the environment (else the default one)")
    .option("--json", "the whole explanation as JSON, for programs");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
Shows each rule or rollout in order with what was compared (+ true, - not), where it is written and who changed it last;
the last line is the smallest change of the context that was found to lead elsewhere. Exit code 1 if there is no such
flag, 2 if no daemon answers.

Examples:
  vexil explain checkout --entity user-1
  vexil explain theme --entity user-3 --context country=de --context age=30 --json`,
    )
    .action(async (flag: string, options: Options) => {
      try {
        const client = await ApiClient.open(options);
        const explanation = await explain(client, flag, options);
        if (options.json) writeOut(`${JSON.stringify(explanation, null, 2)}\n`);
        else writeHarmless(explainedText(explanation, process.stdout.isTTY === true && !process.env.NO_COLOR));
      } catch (error) {
        failed(error);
      }
    });
}

async function explain(client: ApiClient, flagKey: string, options: Options): Promise<ShownExplanation> {
  const { namespace: namespaceKey, entity: entityId, context, environment } = options;
  // In the header an environment that is not there is an error; in the body it would be the default one.
  const headers = environment === undefined ? {} : { "x-flipt-environment": environment };
  const body = { flagKey, namespaceKey, entityId, context };
  return (await client.ask("POST", "/evaluate/v1/explain", body, headers)) as ShownExplanation;
}
