import type { Command } from "commander";
import { ApiClient, failed, withClientOptions } from "../client/api-client.js";
import { askBisect, type BisectRequest, requireFlag } from "../client/ask-bisect.js";
import { bisectText } from "../client/bisect-text.js";
import { revisionText } from "../client/revision-text.js";
import { targetPath } from "../client/target.js";
import { writeHarmless, writeOut } from "../client/write-out.js";
import type { ShownBisect } from "../http/past/shown-bisect.js";
import { type QuestionOptions, withQuestion } from "./question-options.js";

interface Options extends QuestionOptions {
  readonly from?: string;
  readonly to?: string;
  readonly expect?: string;
  readonly all?: true;
  readonly fullHistory?: true;
  readonly local?: string;
}

export function registerBisect(program: Command): void {
  const command = withQuestion(
    program.command("bisect").description("Find the commit that changed what a flag gives an entity."),
  )
    .option("--from <revision>", "the oldest state to look at (else the first of all)")
    .option("--to <revision>", "where to begin (else what is served)")
    .option("--expect <value>", "the value (true, false, a variant's key) that it became, or ceased to be")
    .option("--all", "every commit at which the answer changed, not only the latest")
    .option("--full-history", "look for the commit among those that a merge brought")
    .option("--local <directory>", "a directory of a clone, without any daemon")
    .option("--json", "one JSON object, for programs");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
A revision is a commit's id or how it begins, a tag, a branch, main~3, or a time: 2026-11-20, "2 hours ago".
The branch's own commits are looked at, the newest first, as git log --first-parent shows them; with --full-history those
that merges brought as well. Shown is what the commit changed of the flag and its segments, and how the answers before and
after came about (with --all only by --json). Exit code 1 if the flag or a revision is not there, 2 if no daemon answers.

Examples:
  vexil bisect checkout --entity user-1
  vexil bisect theme --entity user-3 --context country=de --from v1.4 --all
  vexil bisect checkout --entity user-1 --expect true --local ./flags/production`,
    )
    .action(async (flag: string, options: Options) => {
      try {
        const request = requestOf(flag, options);
        const found = await (options.local === undefined ? fromDaemon(request, options) : fromClone(request, options));
        requireFlag(request, found);
        if (options.json) writeOut(`${JSON.stringify(found, null, 2)}\n`);
        else writeHarmless(bisectText(found, { colors: process.stdout.isTTY === true && !process.env.NO_COLOR }));
      } catch (error) {
        failed(error);
      }
    });
}

async function fromDaemon(request: BisectRequest, options: Options): Promise<ShownBisect> {
  const client = await ApiClient.open(options);
  return askBisect(client, await targetPath(client, options.environment, undefined), request);
}

async function fromClone(request: BisectRequest, { local = ".", environment }: Options): Promise<ShownBisect> {
  const { bisectLocally } = await import("../local/bisect-locally.js");
  return bisectLocally(local, environment, request);
}

function requestOf(flagKey: string, options: Options): BisectRequest {
  const { namespace: namespaceKey, entity: entityId, context, from, to, expect, all, fullHistory } = options;
  return {
    namespaceKey,
    flagKey,
    entityId,
    context,
    ...(from === undefined ? {} : { from: revisionText(from) }),
    ...(to === undefined ? {} : { to: revisionText(to) }),
    ...(expect === undefined ? {} : { expect }),
    ...(all === undefined ? {} : { all }),
    ...(fullHistory === undefined ? {} : { fullHistory }),
  };
}
