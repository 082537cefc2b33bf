import { existsSync } from "node:fs";
import { join } from "node:path";
import { compareNamespaces } from "@vexil/flags/compare/compare-namespaces";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { type Command, InvalidArgumentError, Option } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { Progress } from "../client/progress.js";
import { revisionText } from "../client/revision-text.js";
import { targetPath } from "../client/target.js";
import { writeOut } from "../client/write-out.js";
import { comparisonMarkdown } from "../compare/comparison-markdown.js";
import { comparisonText } from "../compare/comparison-text.js";
import { type CountedContexts, countContexts, type FlagVersions } from "../compare/count-contexts.js";
import { readDefinition } from "../compare/read-definition.js";
import { type ShownComparison, shownComparison } from "../http/past/shown-comparison.js";
import { openLocal } from "../local/local-source.js";
import { type TwinFolders, twinText } from "../local/twin-folders.js";

interface Options extends ClientOptions {
  readonly environment?: string;
  readonly namespace?: string;
  readonly local?: string;
  readonly contexts?: string;
  readonly format: "text" | "json" | "markdown";
  readonly failAbove?: number;
}

interface Range {
  readonly base: string;
  /** `""`: what is served; with a directory, what lies there. */
  readonly head: string;
}

interface Result {
  readonly comparison: ShownComparison;
  readonly counted: CountedContexts | undefined;
}

const ABOVE = 1;
const FAILED = 2;

export function registerDiff(program: Command): void {
  const command = program
    .command("diff")
    .description("Show what differs between two revisions, and exactly who gets another answer.")
    .argument("<range>", "<base>..<head>: commits, branches, tags, main~3 or times; <base> alone: up to now", range)
    .option("-e, --environment <key>", "the environment (else the default one)")
    .option("-n, --namespace <key>", "only this namespace")
    .option(
      "--local <directory>",
      "compare an environment's directory of a clone, without a daemon; without a head, with its files as they are",
    )
    .option("--contexts <file>", "count over real contexts, too: lines of JSON, which stay here")
    .addOption(new Option("--format <format>", "how to print it").choices(["text", "json", "markdown"]).default("text"))
    .option("--fail-above <percent>", "exit with 1 if a flag answers more than so many otherwise", percentage);
  withClientOptions(command)
    // A mistyped option must not pass for a share that is too large.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : FAILED))
    .addHelpText(
      "after",
      `
Shares are exact and need no data of users: an entity's bucket is a hash of its identifier. How many are in a segment
is not known, so a flag's share of everybody is given as the least and the most it can be; --fail-above looks at the
most, or with --contexts at the share of these.

Exit code 1 if --fail-above says so, 2 if something cannot be compared.

Examples:
  vexil diff main~1..main
  vexil diff "2 hours ago"
  vexil diff origin/main --local production --format markdown --fail-above 10%
  vexil diff v1.4..v1.5 --local . --contexts users.jsonl`,
    )
    .action(async ({ base, head }: Range, options: Options) => {
      try {
        const result = await (options.local === undefined
          ? compareAtDaemon({ base, head }, options)
          : compareLocally({ base, head }, options.local, options));
        writeOut(printed(result, options.format));
        process.exitCode = isAbove(result, options.failAbove) ? ABOVE : 0;
      } catch (error) {
        failed(error);
        process.exitCode = FAILED;
      }
    });
}

function range(text: string): Range {
  const at = text.indexOf("..");
  const [base, head] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 2)];
  if (base === "" || head.startsWith(".")) throw new InvalidArgumentError("write <base>..<head>, or <base> alone.");
  return { base: revisionText(base), head: head === "" ? "" : revisionText(head) };
}

function percentage(text: string): number {
  const [, number] = /^(\d{1,3}(?:\.\d+)?) ?%?$/.exec(text) ?? [];
  if (number === undefined || Number(number) > 100) throw new InvalidArgumentError("write a percentage, such as 10%.");
  return Number(number) / 100;
}

async function compareAtDaemon({ base, head }: Range, options: Options): Promise<Result> {
  const { namespace, contexts, environment } = options;
  const client = await ApiClient.open(options);
  const query = new URLSearchParams({ base, ...(head === "" ? {} : { head }) });
  if (namespace !== undefined) query.set("namespace", namespace);
  // Contexts are evaluated here: they are nobody else's business.
  if (contexts !== undefined) query.set("definitions", "true");
  const path = await targetPath(client, environment, undefined);
  const { affected, ...rest } = (await client.ask("GET", `${path}/compare?${query}`)) as ShownComparison;
  const flags = affected.flatMap(({ namespace: key, flag, definitions }): readonly FlagVersions[] => {
    if (definitions === undefined) return [];
    const [before, after] = [readDefinition(key, definitions.before), readDefinition(key, definitions.after)];
    return [{ namespace: key, flag, base: before, head: after }];
  });
  if (contexts !== undefined && flags.length < affected.length) {
    throw new Error("the daemon does not tell what --contexts needs: it is older than this command; use --local");
  }
  const comparison = { ...rest, affected: affected.map(({ definitions: _, ...found }) => found) };
  return { comparison, counted: await count(contexts, flags) };
}

async function compareLocally({ base, head }: Range, directory: string, options: Options): Promise<Result> {
  const source = await openLocal(directory, options.environment, (twins) => mindTwins(twins, options));
  try {
    const { signal } = new AbortController();
    const named = async (expression: string): Promise<Snapshot> => {
      const { revision } = await source.past.resolve(source.environment, expression, signal);
      return source.past.snapshot(source.environment, revision, signal);
    };
    const before = await named(base);
    const isNow = head === "" && !isBare(directory);
    const after = isNow ? await source.workTree(signal) : await named(head || "HEAD");
    const { namespace } = options;
    const wanted = (key: string): boolean => namespace === undefined || key === namespace;
    const found = await compareNamespaces(before.namespaces, after.namespaces, { wanted });
    const flags = found.affected.map(({ namespace: key, flag }) => ({
      namespace: key,
      flag,
      base: before.namespaces.get(key)?.flags.get(flag),
      head: after.namespaces.get(key)?.flags.get(flag),
    }));
    const counted = await count(options.contexts, flags);
    return { comparison: shownComparison(before.revision, after.revision, found), counted };
  } finally {
    await source.close();
  }
}

/** Warns of hidden flags; refuses them where something is to be held back, which would pass. */
function mindTwins(twins: TwinFolders, { failAbove }: Options): void {
  if (failAbove !== undefined) throw new Error(twinText(twins));
  process.stderr.write(`Warning: ${twinText(twins)}\n`);
}

async function count(file: string | undefined, flags: readonly FlagVersions[]): Promise<CountedContexts | undefined> {
  if (file === undefined) return undefined;
  const progress = new Progress();
  try {
    return await countContexts(file, flags, (total) => progress.show(`${total} contexts evaluated`));
  } finally {
    progress.end();
  }
}

/** Tells whether a directory is a repository without a work tree. */
function isBare(directory: string): boolean {
  return existsSync(join(directory, "HEAD")) && existsSync(join(directory, "objects"));
}

function printed({ comparison, counted }: Result, format: Options["format"]): string {
  if (format === "markdown") return comparisonMarkdown(comparison, counted);
  if (format === "text") return comparisonText(comparison, counted);
  const contexts = counted && { total: counted.total, changed: Object.fromEntries(counted.changed) };
  return `${JSON.stringify({ ...comparison, ...(contexts && { contexts }) }, null, 2)}\n`;
}

/** Tells whether a flag changes for more than is allowed: of real contexts where there are some, else of everybody at most. */
function isAbove({ comparison, counted }: Result, limit: number | undefined): boolean {
  if (limit === undefined) return false;
  if (counted === undefined) return comparison.affected.some(({ share }) => share > limit);
  return [...counted.changed.values()].some((changed) => changed > limit * counted.total);
}
