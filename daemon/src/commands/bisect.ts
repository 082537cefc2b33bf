import type { Command } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { bisectText } from "../client/bisect-text.js";
import { Progress } from "../client/progress.js";
import { revisionText } from "../client/revision-text.js";
import { targetPath } from "../client/target.js";
import type { ShownBisect } from "../http/past/shown-bisect.js";
import { contextProperty } from "./context-property.js";
import { writeOut } from "./write-out.js";

interface Options extends ClientOptions {
  readonly environment?: string;
  readonly namespace: string;
  readonly entity: string;
  readonly context: Readonly<Record<string, string>>;
  readonly from?: string;
  readonly to?: string;
  readonly expect?: string;
  readonly all?: true;
  readonly fullHistory?: true;
  readonly local?: string;
  readonly json?: true;
}

export function registerBisect(program: Command): void {
  const command = program
    .command("bisect")
    .description("Find the commit that changed what a flag gives an entity.")
    .argument("<flag>", "the flag's key")
    .option("--namespace <key>", "the flag's namespace", "default")
    .option("--entity <id>", "the entity's id", "")
    .option("--context <property=value>", "a property of the context; may be repeated", contextProperty, {})
    .option("-e, --environment <key>", "the environment (else the default one)")
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
The branch's own commits are looked at, the newest first, as git log --first-parent shows them. Exit code 1 if a revision
is not there, 2 if no daemon answers.

Examples:
  vexil bisect checkout --entity user-1
  vexil bisect theme --entity user-3 --context country=de --from v1.4 --all
  vexil bisect checkout --entity user-1 --expect true --local ./flags/production`,
    )
    .action(async (flag: string, options: Options) => {
      try {
        const found = await (options.local === undefined ? fromDaemon(flag, options) : fromClone(flag, options));
        writeOut(options.json ? `${JSON.stringify(found, null, 2)}\n` : bisectText(found));
      } catch (error) {
        failed(error);
      }
    });
}

async function fromDaemon(flag: string, options: Options): Promise<ShownBisect> {
  const client = await ApiClient.open(options);
  const path = await targetPath(client, options.environment, undefined);
  const { namespace: namespaceKey, entity: entityId, ...query } = queryOf(options);
  const progress = new Progress();
  progress.show("looking through the history");
  try {
    return (await client.ask("POST", `${path}/bisect`, {
      ...query,
      flagKey: flag,
      namespaceKey,
      entityId,
    })) as ShownBisect;
  } finally {
    progress.end();
  }
}

async function fromClone(flag: string, options: Options): Promise<ShownBisect> {
  const [{ openLocal }, { bisect }, { shownBisect }] = await Promise.all([
    import("../local/local-source.js"),
    import("@vexil/engine/storage/past/bisect"),
    import("../http/past/shown-bisect.js"),
  ]);
  const source = await openLocal(options.local ?? ".", options.environment);
  const progress = new Progress();
  try {
    const { entity: entityId, all = false, fullHistory = false, ...query } = queryOf(options);
    const { signal } = new AbortController();
    const seen = ({ commits, evaluated }: { readonly commits: number; readonly evaluated: number }): void =>
      progress.show(`${commits} commits looked at, ${evaluated} states evaluated`);
    const asked = { ...query, environment: source.environment, flag, entityId, all, fullHistory };
    return shownBisect(await bisect(source.past, asked, { signal, progress: seen }));
  } finally {
    progress.end();
    await source.close();
  }
}

function queryOf({ namespace, entity, context, from, to, expect, all, fullHistory }: Options) {
  return {
    namespace,
    entity,
    context,
    ...(from === undefined ? {} : { from: revisionText(from) }),
    ...(to === undefined ? {} : { to: revisionText(to) }),
    ...(expect === undefined ? {} : { expect }),
    ...(all === undefined ? {} : { all }),
    ...(fullHistory === undefined ? {} : { fullHistory }),
  };
}
