import type { ConfiguredCallers } from "@vexil/plugin-api";
import { Pattern } from "./pattern.js";
import type { RolesSettings } from "./settings.js";

/** A binding, as it was configured. */
export type NamedMatch = NonNullable<RolesSettings["bindings"]>[number];

/** Bindings that name a caller who is none: they give nobody a right, and whoever wrote them means somebody. */
export function unmatchedBindings(
  bindings: readonly NamedMatch[],
  { methods, providers, tokens }: ConfiguredCallers,
): readonly string[] {
  return bindings.flatMap(({ role, match: { method, provider, token } }) => {
    const missing = [
      method !== undefined && !methods.includes(method) && `the method "${method}" is not enabled`,
      provider !== undefined &&
        providers !== undefined &&
        !providers.some((name) => name.toLowerCase() === provider.toLowerCase()) &&
        `no provider is called "${provider}"`,
      token !== undefined &&
        tokens !== undefined &&
        !tokens.some((name) => new Pattern(token).matches(name)) &&
        `no static token is called "${token}"`,
    ].filter((reason) => reason !== false);
    return missing.length === 0 ? [] : [`a binding of role "${role}" matches nobody: ${missing.join(", ")}`];
  });
}
