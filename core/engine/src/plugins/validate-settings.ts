import type { Plugin, SchemaIssue, SchemaResult } from "@vexil/plugin-api";
import { distance } from "fastest-levenshtein";
import type { Clock } from "../model/clock.js";
import type { PluginDeadlines } from "./deadlines.js";
import { guardedCall } from "./guarded-call.js";
import type { PluginScope } from "./plugin-context.js";
import { describe, pluginError } from "./plugin-error.js";
import { SecretTexts } from "./secret-texts.js";

/**
 * Validates settings by the plugin's own schema.
 * @param path where they stand in the configuration, such as `storage.main.backend`
 * @throws VexilError VEXIL_PLUGIN_VALIDATE that names every issue with its full path
 */
export async function validateSettings(
  plugin: Plugin,
  settings: unknown,
  path: string,
  scope: PluginScope,
  { validateMs }: PluginDeadlines,
  clock: Clock,
): Promise<unknown> {
  const secrets = new SecretTexts(settings);
  const result = await guardedCall<SchemaResult<unknown>>({
    scope,
    call: "its schema",
    deadlineMs: validateMs,
    clock,
    secrets,
    run: () => plugin.schema["~standard"].validate(settings),
  });
  if (typeof result !== "object" || result === null) {
    throw pluginError("validate", scope.identity, `its schema answered ${describe(result)}`);
  }
  if (result.issues === undefined) return result.value;
  const issues = result.issues.flatMap((issue) => inWords(issue, path, keysOf(plugin.schema)));
  throw pluginError("validate", scope.identity, secrets.blank(issues.join(", ")));
}

function inWords(issue: SchemaIssue, path: string, known: readonly string[]): readonly string[] {
  const inner = (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part));
  const at = [path, ...inner].join(".");
  // zod reports unknown keys at the object that holds them; the user needs the key's own path.
  const { keys } = issue as { readonly keys?: unknown };
  if ((issue as { readonly code?: unknown }).code === "unrecognized_keys" && Array.isArray(keys)) {
    const choice = inner.length === 0 ? known : [];
    return keys.map((key) => `${at}.${String(key)}: unknown key${nearest(String(key), choice)}`);
  }
  return [`${at}: ${issue.message}`];
}

/** The keys of a schema of zod's; other libraries have no way in common to tell them. */
function keysOf(schema: unknown): readonly string[] {
  const { shape } = schema as { readonly shape?: unknown };
  return typeof shape === "object" && shape !== null ? Object.keys(shape) : [];
}

/** The known keys, most alike first. */
function nearest(key: string, known: readonly string[]): string {
  const [first, ...others] = [...known].sort((a, b) => distance(a, key) - distance(b, key));
  if (first === undefined) return "";
  return `; did you mean ${first}?${others.length === 0 ? "" : ` Others: ${others.join(", ")}`}`;
}
