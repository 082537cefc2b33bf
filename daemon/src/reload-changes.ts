import type { Config } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { LogFields } from "@vexil/plugin-api";
import { staticTokens } from "./access/configured-callers.js";

/** Names in a line: a configuration may have thousands. */
const MOST_NAMES = 50;

/** Static tokens and sinks that came, went, or are others under their old names, as a line of the log tells them. */
export function reloadChanges(before: Config, after: Config): LogFields {
  return {
    ...changes("tokens", staticTokens(before.authentication), staticTokens(after.authentication)),
    ...changes("sinks", before.sinks, after.sinks),
  };
}

function changes(what: string, old: ReadonlyMap<string, unknown>, now: ReadonlyMap<string, unknown>): LogFields {
  const added = [...now.keys()].filter((name) => !old.has(name));
  const removed = [...old.keys()].filter((name) => !now.has(name));
  const changed = [...now.keys()].filter((name) => old.has(name) && !sameSettings(old.get(name), now.get(name)));
  return {
    ...field(`${what}_added`, added),
    ...field(`${what}_changed`, changed),
    ...field(`${what}_removed`, removed),
  };
}

function field(key: string, names: readonly string[]): LogFields {
  if (names.length === 0) return {};
  const more = names.length - MOST_NAMES;
  return { [key]: more <= 0 ? names : [...names.slice(0, MOST_NAMES), `and ${more} more`] };
}
