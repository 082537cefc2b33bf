import { type Command, InvalidArgumentError } from "commander";
import { answerHistory, answerHistoryRequest, answerHistoryText } from "../client/answer-history.js";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { askBisect, requireFlag } from "../client/ask-bisect.js";
import { RefusedError } from "../client/client-errors.js";
import { historyText } from "../client/history-text.js";
import { parseTarget } from "../client/parse-target.js";
import { targetPath } from "../client/target.js";
import { writeOut } from "../client/write-out.js";
import type { ShownHistory } from "../http/management/shown-history.js";
import { contextProperty } from "./context-property.js";

interface Options extends ClientOptions {
  readonly environment?: string;
  readonly namespace: string;
  readonly entity?: string;
  readonly context: Readonly<Record<string, string>>;
  readonly limit: number;
  readonly pageToken?: string;
  readonly local?: string;
  readonly json?: true;
}

const LIMIT_MOST = 200;

export function registerHistory(program: Command): void {
  const command = program
    .command("history")
    .description("Show who changed an environment, a namespace, a flag or a segment, when and how.")
    .argument("[target]", "<namespace>, <namespace>/flag/<key> or <namespace>/segment/<key> (else the environment)")
    .option("-e, --environment <key>", "the environment (else the default one)")
    .option("--entity <id>", "what a flag gave this entity at each commit that changed the flag or its segments")
    .option("--context <property=value>", "a property of the entity's context; may be repeated", contextProperty, {})
    .option("--namespace <key>", "with --entity: the namespace of a flag that is named by its key alone", "default")
    .option("-n, --limit <number>", `commits to show, at most ${LIMIT_MOST}`, limit, 20)
    .option("--page-token <token>", "go on where the page before ended")
    .option("--local <directory>", "a directory of a clone, without any daemon")
    .option("--json", "one JSON object, for programs");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
With --entity the target is a flag: its key, or <namespace>/flag/<key>. Exit code 1 if the target is not there, 2 if no
daemon answers.

Examples:
  vexil history
  vexil history default/flag/checkout
  vexil history checkout --entity user-1 --context country=de
  vexil history --local ./flags/production
  vexil history default --limit 5 --json --url http://flags.example.com:8080`,
    )
    .action(async (target: string | undefined, options: Options) => {
      try {
        writeOut(await (options.entity === undefined ? changes(target, options) : answers(target, options)));
      } catch (error) {
        failed(error);
      }
    });
}

async function changes(target: string | undefined, options: Options): Promise<string> {
  if (Object.keys(options.context).length > 0)
    throw new RefusedError("--context is of an entity: name it with --entity");
  const page = await (options.local === undefined ? fromDaemon(target, options) : fromClone(target, options));
  return options.json ? `${JSON.stringify(page, null, 2)}\n` : historyText(page);
}

async function fromDaemon(target: string | undefined, options: Options): Promise<ShownHistory> {
  const client = await ApiClient.open(options);
  const query = new URLSearchParams({ limit: String(options.limit), pageToken: options.pageToken ?? "" });
  const path = await targetPath(client, options.environment, target);
  const page = (await client.ask("GET", `${path}/history?${query}`)) as ShownHistory;
  // No commit: either nothing is known of how it came there, or it never was.
  if (page.commits.length === 0 && target !== undefined) await client.ask("GET", path);
  return page;
}

async function fromClone(target: string | undefined, options: Options): Promise<ShownHistory> {
  const { local = ".", environment, pageToken } = options;
  const [{ openLocal }, { localHistory }] = await Promise.all([
    import("../local/local-source.js"),
    import("../local/local-history.js"),
  ]);
  const source = await openLocal(local, environment);
  try {
    return await localHistory(source, { ...parseTarget(target), limit: options.limit, pageToken });
  } finally {
    await source.close();
  }
}

async function answers(target: string | undefined, options: Options): Promise<string> {
  const { entity: entityId = "", context, pageToken, environment, local } = options;
  const { namespace, flag } = flagOf(target, options);
  const request = answerHistoryRequest({ namespace, flag, entityId, context, limit: options.limit, pageToken });
  const found = await (local === undefined ? answersOfDaemon() : answersOfClone(local));
  if (pageToken === undefined) requireFlag(request, found);
  const page = answerHistory(found);
  return options.json ? `${JSON.stringify(page, null, 2)}\n` : answerHistoryText(page);

  async function answersOfDaemon() {
    const client = await ApiClient.open(options);
    return askBisect(client, await targetPath(client, environment, undefined), request);
  }

  async function answersOfClone(directory: string) {
    const { bisectLocally } = await import("../local/bisect-locally.js");
    return bisectLocally(directory, environment, request);
  }
}

/** The flag that is named by its key, or as a target. */
function flagOf(target: string | undefined, options: Options): { readonly namespace: string; readonly flag: string } {
  if (target === undefined) throw new RefusedError("--entity needs a flag: write its key, or <namespace>/flag/<key>");
  if (!target.includes("/")) return { namespace: options.namespace, flag: target };
  const { namespace = "", resource } = parseTarget(target);
  if (resource?.type !== "flag") throw new RefusedError(`${target} is no flag; write <namespace>/flag/<key>`);
  return { namespace, flag: resource.key };
}

function limit(text: string): number {
  const count = Number(text);
  if (/^\d{1,3}$/.test(text) && count >= 1 && count <= LIMIT_MOST) return count;
  throw new InvalidArgumentError(`write a number of commits from 1 to ${LIMIT_MOST}.`);
}
