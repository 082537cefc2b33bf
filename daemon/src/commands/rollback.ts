import type { Command } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { RefusedError } from "../client/client-errors.js";
import { describeChange, type ShownChange } from "../client/describe-change.js";
import { previewText, type ShownPreview } from "../client/preview-text.js";
import { environmentPath, targetPath } from "../client/target.js";
import { writeOut } from "../client/write-out.js";

interface Options extends ClientOptions {
  readonly environment?: string;
  readonly to: string;
  readonly revision?: string;
  readonly message?: string;
  readonly dryRun?: true;
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
    .description("Put a flag, a segment, a namespace or an environment back to what it was, by a new commit.")
    .argument(
      "[target]",
      "<namespace>, <namespace>/flag/<key> or <namespace>/segment/<key>; nothing: all of the environment, which has to be named",
    )
    .requiredOption(
      "--to <revision>",
      "the commit to go back to: its id or the first digits of it (see vexil history), main~1, a tag, or a time",
    )
    .option("--revision <revision>", "refuse if the target's file has changed since this commit")
    .option("-e, --environment <key>", "the environment (else the default one)")
    .option("-m, --message <text>", "the commit's message (else the one by the template)")
    .option("--dry-run", "show the commit and its diff, and change nothing")
    .option("--json", "one JSON object, for programs: the branch's head afterwards, or with --dry-run the preview");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
Prints what was changed and the new commit, or that there was nothing to change. With --dry-run it prints what the commit
would be; with --json besides, each "diff" is one that "git apply" takes. Exit code 1 if the daemon refuses, 2 if none
answers.

Examples:
  vexil rollback default/flag/checkout --to 2f1c0e4b
  vexil rollback default/flag/checkout --to main~1
  vexil rollback ops --environment staging --to 2f1c0e4b7a9d83c6e5f40112233445566778899a
  vexil rollback --environment staging --to 2f1c0e4b --dry-run`,
    )
    .action(async (given: string | undefined, options: Options) => {
      try {
        const { environment, to, revision, message } = options;
        const target = given ?? environment;
        if (target === undefined) {
          throw new RefusedError("name what is to go back: a target, or with --environment all of an environment");
        }
        const client = await ApiClient.open(options);
        const path = await targetPath(client, environment, given);
        const body = {
          to,
          ...(revision === undefined ? {} : { revision }),
          ...(message === undefined ? {} : { message }),
        };
        if (options.dryRun) return writeOut(await tried(client, path, body, { target, json: options.json }));
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

interface Description {
  readonly paths?: { readonly [path: string]: { readonly post?: unknown } | undefined };
}

/** Tells what the rollback would do. A daemon that knows of no trials would do it, so that it is asked first. */
async function tried(
  client: ApiClient,
  path: string,
  body: object,
  { target, json }: { readonly target: string; readonly json: true | undefined },
): Promise<string> {
  const { paths } = (await client.ask("GET", "/openapi.json")) as Description;
  const route = paths?.["/api/v2/environments/{environment}/rollback"]?.post;
  if (!JSON.stringify(route ?? {}).includes('"dryRun"')) {
    throw new RefusedError("the daemon does not know --dry-run; nothing was asked of it");
  }
  const answer = await client.ask("POST", `${path}/rollback`, { ...body, dryRun: true });
  const { preview } = answer as { readonly preview: ShownPreview };
  return json ? `${JSON.stringify(preview)}\n` : previewText(target, preview);
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
