import { dirname, resolve } from "node:path";
import { buildConfig } from "./build-config.js";
import type { Config } from "./config.js";
import { ConfigTree } from "./config-tree.js";
import { decode } from "./decode.js";
import { setDefaults } from "./defaults.js";
import { findEmptyVariables } from "./empty-variables.js";
import { overlayVariables } from "./env-overlay.js";
import { fieldOf } from "./fields/field.js";
import { type FindOptions, findConfig } from "./find-config.js";
import { locateFault } from "./locate-fault.js";
import { lowerCaseKeys } from "./lower-case-keys.js";
import { warnOfReadableSecrets } from "./readable-secrets.js";
import { replaceVariables, resolveReferences } from "./references.js";
import { SecretReader } from "./secret-reader.js";
import { root as rootSchema } from "./sections/root.js";
import { validate } from "./validate.js";
import { collectWarnings } from "./warnings.js";

export interface LoadedConfig {
  readonly config: Config;
  /** The effective values before they were decoded, each with its origin. */
  readonly tree: ConfigTree;
}

/**
 * Finds, reads and checks the configuration.
 * @throws VexilError VEXIL_VALIDATION_CONFIG whose message names the key, what is accepted and where the value stood
 */
export async function loadConfig(options: FindOptions): Promise<Config> {
  return (await readConfig(options)).config;
}

/** As {@link loadConfig}, with the tree it was made of. */
export async function readConfig(options: FindOptions): Promise<LoadedConfig> {
  const field = fieldOf(rootSchema);
  const found = await findConfig(options);
  const tree = found === undefined ? new ConfigTree() : lowerCaseKeys(found, field);
  const warnings = [...(found?.warnings ?? []), ...overlayVariables(tree, field, options.env)];
  warnings.push(...replaceVariables(tree, options.env));
  setDefaults(tree, found !== undefined);
  const decoded = decode(tree, field);
  const resolvePath = (path: string): string => resolve(options.cwd, path);
  const empty = findEmptyVariables(tree, options.env);
  try {
    validate(decoded, resolvePath);
  } catch (error) {
    throw locateFault(error, tree, empty);
  }
  warnings.push(...collectWarnings(tree, field, decoded));
  if (found !== undefined) warnings.push(...(await warnOfReadableSecrets(found, tree, field)));
  const reader = new SecretReader({ section: decoded.secrets, env: options.env, resolvePath });
  const resolved = await resolveReferences(decoded, field, [], reader);
  const directory = found === undefined ? options.cwd : dirname(found.file);
  const context = { reader, resolvePath, warnings };
  const config = await buildConfig(resolved, { directory, file: found?.file, emptyVariables: empty }, context);
  return { config, tree };
}
