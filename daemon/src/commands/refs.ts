import { stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { RefusedError } from "../client/client-errors.js";
import { targetPath } from "../client/target.js";
import { writeOut } from "../client/write-out.js";
import { namespacesOf } from "../tidy/ask-usage.js";
import { definedFlags } from "../tidy/defined-flags.js";
import { FlagReferences } from "../tidy/flag-references.js";
import { type ReferenceReport, referenceMarkdown, referenceText } from "../tidy/reference-report.js";
import { walkSources } from "../tidy/walk-sources.js";

interface Options extends ClientOptions {
  readonly flags?: string;
  readonly environment?: string;
  readonly namespace?: string;
  readonly pattern?: readonly RegExp[];
  readonly failUnused?: true;
  readonly json?: true;
  readonly markdown?: true;
}

type FlagName = ReferenceReport["unused"][number];

const FOUND = 1;
const FAILED = 2;

export function registerRefs(program: Command): void {
  const command = program
    .command("refs")
    .description("Compare the flags that source code names with those that are defined.")
    .argument("<directory>", "a directory of source code")
    .option("--flags <directory>", "an environment's directory with the flags, instead of what a daemon serves")
    .option("-e, --environment <key>", "the environment of the daemon (else the default one)")
    .option("-n, --namespace <key>", "only this namespace")
    .option("--pattern <regexp>", "a call that asks for a flag, whose first group is the key; may be repeated", pattern)
    .option("--fail-unused", "exit with 1 for flags that the code does not name, too")
    .addOption(new Option("--json", "one JSON object, for programs").conflicts("markdown"))
    .option("--markdown", "a table, for a comment at a pull request");
  withClientOptions(command)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : FAILED))
    .addHelpText(
      "after",
      `
A flag is used where its key is the whole of a text in quotes. A key is undefined where a call of an SDK asks for it and no
flag has it: those of OpenFeature and of Flipt are known, others are told by --pattern instead. Read are the text files of
the directory, without what .gitignore leaves out, node_modules, links, files with flags and those above 2 MB.

Exit code 0: every key is defined; 1: some are not; 2: it could not be found out.

Examples:
  vexil refs src --flags ../flags/production
  vexil refs . --url https://flags.example.com --markdown
  vexil refs . --flags flags --pattern 'isOn\\("([-\\w]+)"\\)' --fail-unused`,
    )
    .action(async (directory: string, options: Options) => {
      try {
        const report = await compare(directory, options);
        if (options.json) writeOut(`${JSON.stringify(report, null, 2)}\n`);
        else writeOut((options.markdown ? referenceMarkdown : referenceText)(report));
        const isFound = report.undefined.length > 0 || (options.failUnused === true && report.unused.length > 0);
        process.exitCode = isFound ? FOUND : 0;
      } catch (error) {
        failed(error);
        process.exitCode = FAILED;
      }
    });
}

async function compare(directory: string, options: Options): Promise<ReferenceReport> {
  const { namespace, flags } = options;
  await requireDirectory(directory);
  if (flags !== undefined) await requireDirectory(flags);
  const all = await (flags === undefined ? askNames(options) : namesIn(flags));
  const names = all.filter((one) => namespace === undefined || one.namespace === namespace);
  const references = new FlagReferences(new Set(names.map(({ flag }) => flag)), options.pattern);
  let files = 0;
  for await (const { path, text } of walkSources(directory, { isLeftOut: leftOut(directory, flags) })) {
    references.add(path, text);
    files += 1;
  }
  const { used, undefinedKeys } = references;
  return {
    files,
    undefined: [...undefinedKeys].map(([key, places]) => ({ key, places })).sort((a, b) => (a.key < b.key ? -1 : 1)),
    unused: names.filter(({ flag }) => !used.has(flag)),
    used: names.filter(({ flag }) => used.has(flag)).length,
  };
}

/** @throws RefusedError where there is none */
async function requireDirectory(path: string): Promise<void> {
  const isThere = await stat(path).then(
    (found) => found.isDirectory(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return false;
      throw error;
    },
  );
  if (!isThere) throw new RefusedError(`there is no directory ${path}`);
}

async function namesIn(directory: string): Promise<readonly FlagName[]> {
  return (await definedFlags(directory)).map(({ namespace, flag }) => ({ namespace, flag: flag.key }));
}

async function askNames(options: Options): Promise<readonly FlagName[]> {
  const client = await ApiClient.open(options);
  const environment = await targetPath(client, options.environment, undefined);
  const names: FlagName[] = [];
  for (const namespace of await namespacesOf(client, environment)) {
    const path = `${environment}/namespaces/${encodeURIComponent(namespace)}/resources/flipt.core.Flag`;
    const { resources } = (await client.ask("GET", path)) as {
      readonly resources: readonly { readonly key: string }[];
    };
    names.push(...resources.map(({ key }) => ({ namespace, flag: key })));
  }
  return names;
}

/** The flags themselves are no code that uses them. */
function leftOut(directory: string, flags: string | undefined): (path: string) => boolean {
  const inside = flags === undefined ? "" : relative(resolve(directory), resolve(flags));
  if (inside === "" || inside.startsWith("..") || isAbsolute(inside)) return () => false;
  const path = inside.split(sep).join("/");
  return (one) => one === path;
}

function pattern(text: string, before: readonly RegExp[] = []): readonly RegExp[] {
  if (text.length > 1000) throw new InvalidArgumentError("it is longer than 1000 characters.");
  try {
    // Of an empty text the alternative matches, which tells how many groups there are.
    if ((new RegExp(`${text}|`).exec("")?.length ?? 0) < 2) throw new Error("it has no group for the key");
    return [...before, new RegExp(text, "g")];
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}
