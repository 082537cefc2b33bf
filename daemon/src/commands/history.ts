import type { Command } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { describeChange, type ShownChange } from "../client/describe-change.js";
import { targetPath } from "../client/target.js";
import { writeOut } from "./write-out.js";

interface Options extends ClientOptions {
  readonly environment?: string;
  readonly limit: string;
  readonly pageToken?: string;
  readonly json?: true;
}

interface Page {
  readonly commits: readonly {
    readonly revision: string;
    readonly message: string;
    readonly authorName: string;
    readonly authorEmail: string;
    /** Caller that asked a daemon for it. */
    readonly actor?: string;
    readonly timestamp: string;
    readonly changes: readonly ShownChange[];
  }[];
  readonly nextPageToken: string;
}

export function registerHistory(program: Command): void {
  const command = program
    .command("history")
    .description("Show who changed an environment, a namespace, a flag or a segment, when and how.")
    .argument("[target]", "<namespace>, <namespace>/flag/<key> or <namespace>/segment/<key> (else the environment)")
    .option("-e, --environment <key>", "the environment (else the default one)")
    .option("-n, --limit <number>", "commits to show, at most 200", "20")
    .option("--page-token <token>", "go on where the page before ended")
    .option("--json", "one JSON object, for programs");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
Exit code 1 if the target is not there, 2 if no daemon answers.

Examples:
  vexil history
  vexil history default/flag/checkout
  vexil history default --limit 5 --json --url http://flags.example.com:8080`,
    )
    .action(async (target: string | undefined, options: Options) => {
      try {
        const client = await ApiClient.open(options);
        const query = new URLSearchParams({ limit: options.limit, pageToken: options.pageToken ?? "" });
        const path = await targetPath(client, options.environment, target);
        const page = (await client.ask("GET", `${path}/history?${query}`)) as Page;
        // No commit: either nothing is known of how it came there, or it never was.
        if (page.commits.length === 0 && target !== undefined) await client.ask("GET", path);
        writeOut(options.json ? `${JSON.stringify(page, null, 2)}\n` : shown(page));
      } catch (error) {
        failed(error);
      }
    });
}

function shown({ commits, nextPageToken }: Page): string {
  const blocks = commits.map(({ revision, message, authorName, authorEmail, actor, timestamp, changes }) => {
    const lines = changes.flatMap(describeChange).map((line) => `    ${line}`);
    const caller = actor === undefined ? "" : `  (${actor})`;
    return [
      `${revision}  ${timestamp}  ${authorName} <${authorEmail}>${caller}`,
      `    ${message.split("\n")[0]}`,
      ...lines,
      "",
    ];
  });
  const more = nextPageToken === "" ? [] : [`More: --page-token ${nextPageToken}`, ""];
  return [...blocks.flat(), ...more].join("\n");
}
