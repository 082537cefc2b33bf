import { type ConfigTree, formatPath, isMap } from "./config-tree.js";
import type { Field } from "./fields/field.js";
import { METHODS, pluginMethods } from "./sections/authentication.js";
import { readLevel } from "./sections/log.js";
import type { RootSection } from "./sections/root.js";

/** Collects the settings that are accepted and ignored, or do less than they say. Each is logged at start. */
export function collectWarnings(tree: ConfigTree, field: Field, root: RootSection): readonly string[] {
  const warnings = [...ignoredKeys(tree, field)];
  // A reference is resolved later, and judged then.
  if (readLevel(root.log.level) === undefined && !root.log.level.startsWith("${")) {
    warnings.push(`log.level: "${root.log.level}" is no level; INFO is used (trace, debug, info, warn, error, fatal)`);
  }
  if (!["http", "https"].includes(root.server.protocol)) {
    warnings.push(`server.protocol: "${root.server.protocol}" acts as http (http, https)`);
  }
  const enabled = METHODS.filter((name) => root.authentication.methods[name]?.enabled === true);
  const plugins = pluginMethods(root.authentication).map(([name]) => name);
  for (const name of enabled.filter((name) => !plugins.includes(name))) {
    warnings.push(`authentication.methods.${name} is not supported yet and lets nobody in`);
  }
  const hasMethod = enabled.length > 0 || plugins.length > 0;
  if (root.authentication.required && !hasMethod) {
    warnings.push("authentication.required without any method enabled: every request that needs a token is refused");
  }
  for (const [id, environment] of Object.entries(root.environments)) {
    if (environment.scm?.type !== undefined) {
      warnings.push(`environments.${id}.scm is ignored: proposals are not supported yet`);
    }
  }
  for (const [name, provider] of Object.entries(root.secrets.providers)) {
    if (name !== "file" && provider?.enabled) warnings.push(`secrets.providers.${name} is not supported yet`);
  }
  if (root.metrics.require_authentication && !hasMethod) {
    warnings.push("metrics.require_authentication without any method enabled: every request for /metrics is refused");
  }
  if (!["prometheus", "otlp"].includes(root.metrics.exporter)) {
    warnings.push(
      `metrics.exporter: "${root.metrics.exporter}" is not known (prometheus, otlp); metrics are only served as /metrics`,
    );
  }
  return warnings;
}

function* ignoredKeys(tree: ConfigTree, root: Field): Generator<string> {
  function* walk(value: unknown, field: Field, path: readonly string[]): Generator<string> {
    if (field.info.later !== undefined) {
      if (!isOff(value)) yield `${formatPath(path)} is accepted and ignored: ${field.info.later}`;
    } else if (isMap(value) && field.kind !== "value") {
      for (const [key, inner] of Object.entries(value)) {
        const child = field.kind === "map" ? field.value : field.children.get(key);
        if (child !== undefined) yield* walk(inner, child, [...path, key]);
      }
    }
  }
  yield* walk(tree.root, root, []);
}

/** A section that says `enabled: false` gets what it asks for. */
function isOff(value: unknown): boolean {
  if (!isMap(value)) return false;
  const values = Object.values(value);
  const { enabled } = value as { enabled?: unknown };
  if (enabled === false || enabled === "false") return true;
  return values.length > 0 && values.every(isOff);
}
