import type { Config } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { LogFields } from "@vexil/plugin-api";
import { staticTokens } from "./configured-callers.js";

/** Names in a line: a configuration may have thousands. */
const MOST_NAMES = 50;

/** Static tokens that came, went, or are others under their old names, as a line of the log tells them. */
export function tokenChanges(before: Config, after: Config): LogFields {
  const [old, now] = [staticTokens(before.authentication), staticTokens(after.authentication)];
  const added = [...now.keys()].filter((name) => !old.has(name));
  const removed = [...old.keys()].filter((name) => !now.has(name));
  const changed = [...now].filter(([name, token]) => old.has(name) && !sameSettings(old.get(name), token));
  return {
    ...field("tokens_added", added),
    ...field(
      "tokens_changed",
      changed.map(([name]) => name),
    ),
    ...field("tokens_removed", removed),
  };
}

function field(key: string, names: readonly string[]): LogFields {
  if (names.length === 0) return {};
  const more = names.length - MOST_NAMES;
  return { [key]: more <= 0 ? names : [...names.slice(0, MOST_NAMES), `and ${more} more`] };
}
