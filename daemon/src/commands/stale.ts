import { type Command, InvalidArgumentError, Option } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { targetPath } from "../client/target.js";
import { writeOut } from "../client/write-out.js";
import { askUsage, type UsedFlag } from "../tidy/ask-usage.js";
import { definedFlags } from "../tidy/defined-flags.js";
import { type StaleFlag, staleMarkdown, staleText } from "../tidy/stale-report.js";
import { fixedReasons, metadataReasons, STALE_REASONS, type StaleReason } from "../usage/stale-flag.js";

interface Options extends ClientOptions {
  readonly environment?: string;
  readonly namespace?: string;
  readonly days: number;
  readonly only?: readonly StaleReason[];
  readonly json?: true;
  readonly markdown?: true;
}

const FOUND = 1;
const FAILED = 2;

export function registerStale(program: Command): void {
  const command = program
    .command("stale")
    .description("List flags that nobody asks for, that give all the same answer, that expired, or that nobody owns.")
    .argument("[directory]", "an environment's directory of a checkout, instead of what a daemon serves")
    .option("-e, --environment <key>", "the environment (else the default one)")
    .option("-n, --namespace <key>", "only this namespace")
    .option("--days <number>", "after so many days without evaluation, or with one answer, a flag is stale", days, 30)
    .option("--only <reasons>", `only these: ${Object.keys(STALE_REASONS).join(",")}`, reasons)
    .addOption(new Option("--json", "one JSON object, for programs").conflicts("markdown"))
    .option("--markdown", "a table, for a comment at a pull request");
  withClientOptions(command)
    // A mistyped option must not pass for a stale flag.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : FAILED))
    .addHelpText(
      "after",
      `
Without a directory a daemon is asked, which counts evaluations. With one the flags are those of its files: it tells which
have one answer for all (fixed), are past metadata.expires or have no metadata.owner; with --url it is told the use of
them, too. A flag with metadata.permanent: true may give all the same answer.

A flag is stale by its use only once its evaluations have been counted for as many days. Clients that evaluate by
themselves are unseen.

Exit code 0: none is stale; 1: some are; 2: it could not be found out.

Examples:
  vexil stale
  vexil stale --days 90 --only unevaluated
  vexil stale ./production --only expired,unowned
  vexil stale ./production --url https://flags.example.com --markdown`,
    )
    .action(async (directory: string | undefined, options: Options) => {
      try {
        const { found, total } = await look(directory, options);
        const flags = found
          .map((one) => ({ ...one, reasons: one.reasons.filter((one) => options.only?.includes(one) ?? true) }))
          .filter((one) => one.reasons.length > 0);
        if (options.json) writeOut(`${JSON.stringify({ days: options.days, total, stale: flags }, null, 2)}\n`);
        else writeOut((options.markdown ? staleMarkdown : staleText)(flags, total, options.days));
        process.exitCode = flags.length > 0 ? FOUND : 0;
      } catch (error) {
        failed(error);
        process.exitCode = FAILED;
      }
    });
}

async function look(
  directory: string | undefined,
  options: Options,
): Promise<{ readonly found: readonly StaleFlag[]; readonly total: number }> {
  const { namespace, environment, days: number, url } = options;
  const isWanted = (one: { readonly namespace: string }): boolean => (namespace ?? one.namespace) === one.namespace;
  const defined = directory === undefined ? undefined : (await definedFlags(directory)).filter(isWanted);
  const ask = async (): Promise<readonly UsedFlag[]> => {
    const client = await ApiClient.open(options);
    return askUsage(client, await targetPath(client, environment, undefined), { namespace, days: number });
  };
  const used = defined === undefined || url !== undefined ? await ask() : undefined;
  if (defined === undefined) return { found: (used ?? []).map(ofDaemon), total: used?.length ?? 0 };
  const found = defined.map(({ namespace: key, flag }): StaleFlag => {
    const use = used?.find((one) => one.namespace === key && one.key === flag.key);
    const own = metadataReasons(flag, Date.now());
    if (used === undefined) return { namespace: key, flag: flag.key, reasons: [...fixedReasons(flag), ...own] };
    const told = use?.stale.filter((reason) => reason === "unevaluated" || reason === "one-answer") ?? [];
    const { lastEvaluated, evaluations } = use === undefined ? {} : ofDaemon(use);
    return {
      namespace: key,
      flag: flag.key,
      reasons: [...told, ...own],
      ...(lastEvaluated !== undefined && { lastEvaluated }),
      ...(evaluations !== undefined && { evaluations }),
    };
  });
  return { found, total: defined.length };
}

function ofDaemon({ namespace, key, stale, lastEvaluated, evaluations }: UsedFlag): StaleFlag {
  return { namespace, flag: key, reasons: stale, evaluations, ...(lastEvaluated !== undefined && { lastEvaluated }) };
}

function days(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("write a number of days up to 999.");
}

function reasons(text: string): readonly StaleReason[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !Object.hasOwn(STALE_REASONS, name));
  if (unknown === undefined) return names as StaleReason[];
  throw new InvalidArgumentError(`"${unknown}" is none of ${Object.keys(STALE_REASONS).join(", ")}.`);
}
