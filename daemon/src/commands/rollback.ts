import type { Command } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { describeChange, type ShownChange } from "../client/describe-change.js";
import { environmentPath, targetPath } from "../client/target.js";
import { writeOut } from "./write-out.js";

interface Options extends ClientOptions {
  readonly environment?: string;
  readonly to: string;
  readonly revision?: string;
  readonly json?: true;
}

interface Head {
  readonly revision: string;
}

interface Page {
  readonly commits: readonly {
    readonly revision: string;
    /** Caller that asked the daemon for it. */
    readonly actor?: string;
    readonly changes: readonly ShownChange[];
  }[];
}

export function registerRollback(program: Command): void {
  const command = program
    .command("rollback")
    .description("Put a namespace, a flag or a segment back to what it was at a revision, by a new commit.")
    .argument("<target>", "<namespace>, <namespace>/flag/<key> or <namespace>/segment/<key>")
    .requiredOption("--to <revision>", "the commit to go back to, or the first digits of its id (see vexil history)")
    .option("--revision <revision>", "refuse if the target's file has changed since this commit")
    .option("-e, --environment <key>", "the environment (else the default one)")
    .option("--json", "one JSON object, for programs: the branch's head afterwards");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
Prints what was changed and the new commit, or that there was nothing to change. Exit code 1 if the daemon refuses, 2 if
none answers.

Examples:
  vexil rollback default/flag/checkout --to 2f1c0e4b
  vexil rollback ops --environment staging --to 2f1c0e4b7a9d83c6e5f40112233445566778899a`,
    )
    .action(async (target: string, options: Options) => {
      try {
        const client = await ApiClient.open(options);
        const path = await targetPath(client, options.environment, target);
        const { to, revision } = options;
        const body = { to, ...(revision === undefined ? {} : { revision }) };
        const before = options.json ? undefined : await headOf(client, path);
        const { revision: after } = (await client.ask("POST", `${path}/rollback`, body)) as Head;
        if (options.json) writeOut(`${JSON.stringify({ revision: after })}\n`);
        else if (after === before)
          writeOut(`nothing to change: ${target} is as it was at ${to}; the head stays ${after}\n`);
        else writeOut(await told(client, path, { target, to, after }));
      } catch (error) {
        failed(error);
      }
    });
}

async function headOf(client: ApiClient, path: string): Promise<string> {
  return ((await client.ask("GET", `${environmentPath(path)}/namespaces`)) as Head).revision;
}

async function told(
  client: ApiClient,
  path: string,
  { target, to, after }: { readonly target: string; readonly to: string; readonly after: string },
): Promise<string> {
  const { commits } = (await client.ask("GET", `${path}/history?limit=1`)) as Page;
  // Others may have written since: their commit is not this one.
  const made = commits.find(({ revision }) => revision === after);
  const changes = made?.changes.flatMap(describeChange) ?? [];
  const lines = changes.map((line) => `  ${line}`);
  const caller = made?.actor === undefined ? "" : ` as ${made.actor}`;
  const end = `${made ? "commit" : "head"} ${after}${caller}`;
  return [`${target} is back to what it was at ${to}:`, ...lines, end, ""].join("\n");
}
