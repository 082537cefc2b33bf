import type { Command } from "commander";
import type { ClientOptions } from "../client/api-client.js";
import { contextProperty } from "./context-property.js";

/** Options of a command that asks what a flag gives an entity. */
export interface QuestionOptions extends ClientOptions {
  readonly environment?: string;
  readonly namespace: string;
  readonly entity: string;
  readonly context: Readonly<Record<string, string>>;
  readonly json?: true;
}

export function withQuestion(command: Command): Command {
  return command
    .argument("<flag>", "the flag's key")
    .option("-n, --namespace <key>", "the flag's namespace", "default")
    .option("--entity <id>", "the entity's id", "")
    .option("--context <property=value>", "a property of the context; may be repeated", contextProperty, {})
    .option("-e, --environment <key>", "the environment (else the default one)");
}
