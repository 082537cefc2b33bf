import { LAYOUTS } from "@vexil/config/bundled-layouts";
import type { AuthenticationConfig } from "@vexil/config/config";
import { isMap } from "@vexil/config/config-tree";
import type { ConfiguredCallers } from "@vexil/plugin-api";

/** Names that callers can have under a configuration: what rights may be bound to. */
export function configuredCallers({ methods }: Pick<AuthenticationConfig, "methods">): ConfiguredCallers {
  const names = methods.map(({ method }) => method);
  // A plugin from elsewhere may call its providers and tokens where nobody else looks.
  const areKnown = names.every((name) => LAYOUTS.authentication.has(name));
  const providers = methods.flatMap(({ settings }) => Object.keys(mapAt(settings, "providers")));
  return { methods: names, providers: areKnown ? providers : undefined, tokens: [...staticTokens({ methods }).keys()] };
}

/** Static tokens of a configuration: name → its settings. */
export function staticTokens({ methods }: Pick<AuthenticationConfig, "methods">): ReadonlyMap<string, unknown> {
  const token = methods.find(({ method }) => method === "token");
  return new Map(Object.entries(mapAt(token?.settings, "storage", "tokens")));
}

function mapAt(settings: unknown, ...path: readonly string[]): Readonly<Record<string, unknown>> {
  let found = settings;
  for (const key of path) found = isMap(found) ? found[key] : undefined;
  return isMap(found) ? found : {};
}
