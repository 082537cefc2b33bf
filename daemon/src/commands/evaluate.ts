import type { Command } from "commander";
import { ApiClient, failed, withClientOptions } from "../client/api-client.js";
import { askEvaluation, type EvaluationQuestion } from "../client/ask-evaluation.js";
import { RefusedError } from "../client/client-errors.js";
import { evaluationLine, evaluationText } from "../client/evaluation-text.js";
import { printable } from "../client/printable.js";
import { watchEvaluation } from "../client/watch-evaluation.js";
import { writeHarmless, writeOut } from "../client/write-out.js";
import { type QuestionOptions, withQuestion } from "./question-options.js";

interface Options extends QuestionOptions {
  readonly at?: string;
  readonly watch?: true;
}

export function registerEvaluate(program: Command): void {
  const command = withQuestion(program.command("evaluate").description("Ask a daemon what a flag gives for an entity."))
    .option("--at <revision>", 'the state at a commit, a tag, a branch, main~3 or a time ("2 hours ago")')
    .option("--watch", "go on, and print an answer whenever it changes, until Ctrl-C")
    .option("--json", "the whole answer as JSON, for programs; with --watch one to a line");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
Prints true or false for a boolean flag, the variant's key for a variant flag, then why. Exit code 1 if there is no such
flag, 2 if no daemon answers.

With --watch a line is printed for the answer of now, and for each one that is another; while the daemon cannot be
reached it is tried again. Exit code 0 at Ctrl-C, 1 or 2 if the first evaluation fails or the credential ends.

Examples:
  vexil evaluate checkout --entity user-1
  vexil evaluate theme --entity user-3 --context country=de --context age=30 --json
  vexil evaluate checkout --entity user-1 --at "2 hours ago"
  vexil evaluate checkout --entity user-1 --watch`,
    )
    .action(async (flag: string, { watch, ...options }: Options) => {
      try {
        if (watch) return await watchFlag(flag, options);
        const answer = await askEvaluation(await ApiClient.open(options), questionOf(flag, options));
        writeOut(options.json ? `${JSON.stringify(answer, null, 2)}\n` : evaluationText(answer));
      } catch (error) {
        failed(error);
      }
    });
}

async function watchFlag(flag: string, options: Options): Promise<void> {
  if (options.at !== undefined) throw new RefusedError("--watch is of what is served, and not of a state with --at");
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  await watchEvaluation(await ApiClient.open(options), questionOf(flag, options), {
    signal: stop.signal,
    answered: (answer) => {
      const time = new Date().toISOString();
      const value = answer === undefined ? "(no such flag)" : evaluationLine(answer);
      // The reader of our output has gone away (`vexil evaluate --watch | head`).
      const line = options.json ? JSON.stringify({ time, ...answer }) : `${time}  ${value}`;
      if (!writeHarmless(`${printable(line)}\n`)) stop.abort();
    },
    lost: (error) => {
      const text = error === undefined ? "connected again" : `${error.message}; trying again until Ctrl-C`;
      process.stderr.write(`${printable(text)}\n`);
    },
  });
}

function questionOf(flag: string, { environment, namespace, entity, context, at }: Options): EvaluationQuestion {
  return { environment, namespace, flag, entity, context, at };
}
