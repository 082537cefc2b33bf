import type { Command } from "commander";
import { ApiClient, failed, withClientOptions } from "../client/api-client.js";
import { environmentHeader } from "../client/ask-evaluation.js";
import { type AnsweredExplanation, explainedText } from "../client/explained-text.js";
import { revisionText } from "../client/revision-text.js";
import { writeHarmless, writeOut } from "../client/write-out.js";
import { type QuestionOptions, withQuestion } from "./question-options.js";

interface Options extends QuestionOptions {
  readonly at?: string;
  readonly local?: string;
}

export function registerExplain(program: Command): void {
  const command = withQuestion(
    program
      .command("explain")
      .description("Explain why a flag gives an entity what it gives, and what would change that."),
  )
    .option("--at <revision>", 'the state at a commit, a tag, a branch, main~3 or a time ("2 hours ago")')
    .option("--local <directory>", "a directory of flag files, without any daemon: as they lie there, or at a revision")
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
  vexil explain theme --entity user-3 --context country=de --context age=30 --json
  vexil explain checkout --entity user-1 --at "2 hours ago"
  vexil explain checkout --entity user-1 --local ./flags/production`,
    )
    .action(async (flag: string, options: Options) => {
      try {
        const explanation = await (options.local === undefined ? fromDaemon(flag, options) : fromClone(flag, options));
        if (options.json) writeOut(`${JSON.stringify(explanation, null, 2)}\n`);
        else writeHarmless(explainedText(explanation, process.stdout.isTTY === true && !process.env.NO_COLOR));
      } catch (error) {
        failed(error);
      }
    });
}

async function fromDaemon(flag: string, options: Options): Promise<AnsweredExplanation> {
  const client = await ApiClient.open(options);
  const headers = environmentHeader(options.environment);
  return (await client.ask("POST", "/evaluate/v1/explain", requestOf(flag, options), headers)) as AnsweredExplanation;
}

async function fromClone(flag: string, options: Options): Promise<AnsweredExplanation> {
  const { explainLocally } = await import("../local/explain-locally.js");
  return explainLocally(options.local ?? ".", options.environment, requestOf(flag, options));
}

function requestOf(flagKey: string, { namespace, entity, context, at }: Options) {
  const request = { flagKey, namespaceKey: namespace, entityId: entity, context };
  return at === undefined ? request : { ...request, at: revisionText(at) };
}
