import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@vexil/config/config";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { isFeaturesPath } from "@vexil/flags/read/feature-paths";
import { toVexilError } from "@vexil/plugin-api/errors";
import { type Command, Option } from "commander";
import { counted } from "../client/counted.js";
import { writeOut } from "../client/write-out.js";
import { collectFiles, type FileSet } from "../validate/collect-files.js";
import { findFaults } from "../validate/find-faults.js";
import type { PlacedFinding } from "../validate/placed-finding.js";
import { countSeverities, FORMATS, type Format, printFindings } from "../validate/print-findings.js";

interface Options {
  readonly format: Format;
  readonly config?: string;
  readonly policies?: string;
  readonly strict?: boolean;
}

/** There was nothing to look at: a check that says nothing of it would pass for ever. */
const NOTHING_FOUND = 2;

export function registerValidate(program: Command): void {
  program
    .command("validate")
    .description("Print every fault of flag files as file:line:column: reason.")
    .argument("[paths...]", "directories (each one environment) and files", ["."])
    .addOption(new Option("--format <format>", "how to print what is found").choices(FORMATS).default("text"))
    .option("--strict", "take warnings for faults")
    .option("-c, --config <file>", "look at the policies of rights, too, as a daemon with this configuration would")
    .option("--policies <file>", "the file of policies, where it is not the one that the configuration names")
    // A mistyped option must not pass for a fault of a file.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : NOTHING_FOUND))
    .addHelpText(
      "after",
      `
A directory is looked at as the daemon looks at an environment's directory: every features.yaml, features.yml and
features.json of its folders, and its flipt.yaml. What Flipt refuses is a fault, what it accepts though it hardly means
what was meant is a warning.

With --config, or where serve would find a configuration, the file of policies that authorization.storage and path name is
looked for in the directories and those above them, and tried with the configuration's engine of rights.

Exit code 0: no fault; 1: faults; 2: a directory without feature files, or one that is not there.

Examples:
  vexil validate
  vexil validate --strict production staging
  vexil validate --format github
  vexil validate --config /etc/vexil/vexil.yaml .
  vexil validate default/features.yaml`,
    )
    .action(async (paths: readonly string[], options: Options) => {
      try {
        await validate(paths, options);
      } catch (error) {
        const { code, path, message } = error as NodeJS.ErrnoException;
        const reason = code === "ENOENT" ? `${path}: no such file or directory` : message;
        process.stderr.write(`Error: ${reason}\n`);
        process.exitCode = code === "ENOENT" ? NOTHING_FOUND : 1;
      }
    });
}

async function validate(paths: readonly string[], options: Options): Promise<void> {
  const { format, strict = false } = options;
  const sets = await collectFiles(paths, DEFAULT_FEATURE_LIMITS.fileBytes);
  const found = await findFaults(sets, DEFAULT_FEATURE_LIMITS);
  const empty = sets.flatMap(emptyDirectory);
  const rights = await policyFaults(paths, options);
  const findings = [...empty, ...sets.flatMap(unreadFiles), ...found, ...rights].map((one) =>
    strict ? { ...one, severity: "error" as const } : one,
  );
  const files = sets.reduce((sum, set) => sum + set.files.size, 0);
  writeOut(printFindings(format, { files, findings }));
  const { errors, warnings } = countSeverities(findings);
  const noted = warnings === 0 ? "" : `, ${counted(warnings, "warning")}`;
  process.stderr.write(`${counted(files, "file")}, ${counted(errors, "fault")}${noted}\n`);
  if (errors > 0) process.exitCode = 1;
  if (empty.length > 0) process.exitCode = NOTHING_FOUND;
}

/** Faults of the policies, where a configuration says that there are some. */
async function policyFaults(
  paths: readonly string[],
  { config: file, policies }: Options,
): Promise<readonly PlacedFinding[]> {
  const { loadConfig } = await import("@vexil/config/load-config");
  const isWanted = file !== undefined || policies !== undefined;
  let config: Config;
  try {
    config = await loadConfig({ ...(file === undefined ? {} : { file }), env: process.env, cwd: process.cwd() });
  } catch (error) {
    if (isWanted) throw error;
    process.stderr.write(`policies were not looked at: ${toVexilError(error).message}\n`);
    return [];
  }
  const place = config.authorization?.policies;
  if (config.authorization === undefined || (place === undefined && policies === undefined)) {
    if (policies === undefined) return [];
    throw new Error("--policies: no configuration with authorization.required was found; name it by --config");
  }
  const { findPolicies, policyFindings } = await import("../doctor/policy-findings.js");
  const found = policies ?? paths.map((path) => findPolicies(path, place?.path ?? "")).find((one) => one !== undefined);
  if (found !== undefined) return policyFindings(config, found);
  if (!isWanted) return [];
  throw new Error(`there is no ${place?.path} in ${paths.join(", ")} or above, which authorization.path names`);
}

function emptyDirectory({ directory, files }: FileSet): readonly PlacedFinding[] {
  if (directory === undefined || hasFeatures(files)) return [];
  const [unread] = unreadNames(directory);
  const near = unread === undefined ? "" : `, and ${unread} itself is in none: name the directory above, or move it`;
  const message = `no feature files: no folder below it has a features.yaml, features.yml or features.json; a directory stands for an environment, each of whose namespaces has a folder${near}`;
  return [{ file: directory, rule: "no-files", severity: "error", message }];
}

/** Features files beside the folders that they belong in: nothing says so where they are served. */
function unreadFiles({ directory, files }: FileSet): readonly PlacedFinding[] {
  if (directory === undefined || !hasFeatures(files)) return [];
  return unreadNames(directory).map((name) => {
    const place = join(directory, "default", name);
    const message = `is not read: a features file lies in a folder of the environment's directory, such as ${place}`;
    return { file: join(directory, name), rule: "unread-file", severity: "warning", message };
  });
}

function unreadNames(directory: string): readonly string[] {
  return ["features.yaml", "features.yml", "features.json"].filter((name) => existsSync(join(directory, name)));
}

function hasFeatures(files: FileSet["files"]): boolean {
  return [...files.keys()].some(isFeaturesPath);
}
