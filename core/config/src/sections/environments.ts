import { TESTS_MODES } from "@vexil/flags/cases/tests-mode";
import { boolean, integer, later, text, word } from "@vexil/plugin-api/settings";
import { z } from "zod";
import { configError } from "../config-error.js";

export const environment = z.object({
  name: text().optional().describe("The environment key in every API. Default: the id."),
  storage: text().prefault("default").describe("Id under storage."),
  directory: text().prefault("").describe("Directory of the branch that holds this environment."),
  default: boolean().optional().describe("Answers requests that name no environment. Exactly one has it."),
  max_branches: integer(0, 100_000)
    .prefault(500)
    .describe("Branches of this environment, and of those, that are served at most; further ones are named in status."),
  tests: word(...TESTS_MODES)
    .prefault("warn")
    .describe(
      "Tests beside the flags: not run, told of where they fail, or a namespace whose tests fail stays as it was.",
    ),
  scm: z
    .object({
      type: text().optional(),
      credentials: later("Proposals are not supported yet."),
      api_url: later("Proposals are not supported yet."),
    })
    .optional()
    .describe("Accepted for compatibility. Proposals are not supported yet."),
});

export const environments = z.record(z.string(), environment).prefault({});

export type EnvironmentSection = z.output<typeof environment>;

const SCM = ["github", "gitlab", "gitea", "azure", "bitbucket"];

/** Without slashes at its ends, `.` and empty parts. */
export function cleanDirectory(directory: string): string {
  return directory
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

/** Exactly one environment is the default, and no two are the same place. @throws VexilError VEXIL_VALIDATION_CONFIG */
export function checkEnvironments(sections: Readonly<Record<string, EnvironmentSection>>): void {
  const entries = Object.entries(sections);
  const defaults = entries.filter(([, section]) => section.default === true);
  if (defaults.length === 0) {
    const message = "environments: default environment non-empty value is required";
    throw configError(message, undefined, undefined, defaultHint(entries.map(([id]) => id)));
  }
  if (defaults.length > 1) {
    const message = "environments: default only one environment can be default";
    throw configError(message, undefined, undefined, defaultHint(defaults.map(([id]) => id)));
  }
  const names = new Map<string, string>();
  const places = new Map<string, string[]>();
  for (const [id, section] of entries) {
    const name = section.name || id;
    const other = names.get(name);
    if (other !== undefined) throw configError(`environments: ${other} and ${id} have the same name "${name}"`);
    names.set(name, id);
    const type = section.scm?.type;
    if (type !== undefined && !SCM.includes(type)) {
      throw configError(
        `environments: ${id} environments: scm unexpected SCM type: "${type}" (one of ${SCM.join(", ")})`,
      );
    }
    const directory = cleanDirectory(section.directory);
    if (directory.split("/").includes("..")) {
      throw configError(`environments: ${id} environments: directory "${section.directory}" leaves the repository`);
    }
    const place = JSON.stringify([section.storage.toLowerCase(), directory]);
    places.set(place, [...(places.get(place) ?? []), name]);
  }
  for (const [place, sharing] of places) {
    if (sharing.length < 2) continue;
    const [storage, directory] = JSON.parse(place) as [string, string];
    throw configError(
      `environments: directory environments [${sharing.sort().join(", ")}] share the same storage "${storage}" and directory "${directory}"`,
    );
  }
}

function defaultHint(ids: readonly string[]): string {
  const [first] = ids;
  return `exactly one environment answers requests that name none; give one of ${ids.join(", ")} "default: true", such as environments: { ${first}: { default: true } }`;
}
