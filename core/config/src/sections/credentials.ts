import { z } from "zod";
import { LAYOUTS } from "../bundled-layouts.js";
import { bundledTypes } from "../bundled-plugins.js";
import { configError } from "../config-error.js";
import { faultOf, type Layouts, type PluginSection, pluginSection } from "../flipt-layout.js";
import { GITHUB_APP, githubApp } from "./github-app.js";

/** Layouts of the known types of credentials. */
export const CREDENTIAL_LAYOUTS: Layouts = new Map([...LAYOUTS.auth, [GITHUB_APP, githubApp]]);

const TYPES = [...bundledTypes("auth"), GITHUB_APP];

const credential = pluginSection(
  CREDENTIAL_LAYOUTS,
  "",
  `${bundledTypes("auth").join(", ")}, or the name or specifier of a plugin.`,
);

export const credentials = z.record(z.string(), credential).prefault({});

/** The rules for one credential, which depend on its type. @throws VexilError VEXIL_VALIDATION_CONFIG */
export function checkCredential(id: string, section: PluginSection): void {
  const { type } = section;
  const layout = CREDENTIAL_LAYOUTS.get(type);
  if (layout !== undefined) {
    const fault = faultOf(section, layout);
    if (fault === undefined) return;
    throw configError(`credentials: ${id} credentials: ${fault.message}`, undefined, ["credentials", id]);
  }
  // A specifier, or the name of a package: the plugin loader says whether there is one.
  if (/[/@.]/.test(type) || (/^[a-z][a-z0-9-]*$/.test(type) && !TYPES.includes(type.replaceAll("-", "_")))) return;
  const known = [...bundledTypes("auth", type), GITHUB_APP].join(", ");
  throw configError(
    `credentials: type unexpected credential type "${type}" (credentials.${id}.type is one of ${known}, or a plugin's name or specifier)`,
  );
}
