import type { AuthenticationConfig, AuthorizationConfig } from "@vexil/config/config";

/**
 * Callers that a route admits when `authentication.required` is on: `token` needs credentials, `open`
 * never does, `evaluation` and `ofrep` do unless `authentication.exclude` opens them. `metrics` needs them with
 * `metrics.require_authentication` alone, and a `forge` proves itself by the call.
 */
export type Access = "token" | "open" | "evaluation" | "ofrep" | "metrics" | "forge";

/** Rules that authentication goes by, without any secret: they may be copied to another process. */
export interface AccessRules {
  readonly required: boolean;
  /** True if metrics want a credential even where nothing else does. */
  readonly metricsRequired: boolean;
  readonly exclude: { readonly evaluation: boolean; readonly ofrep: boolean };
  /** True if what callers may do is judged. */
  readonly rights: boolean;
  /** False if no credential is anybody's. */
  readonly hasMethods: boolean;
}

export function accessRules({
  authentication: { required, exclude, methods },
  authorization,
  metrics,
}: {
  readonly authentication: AuthenticationConfig;
  readonly authorization: AuthorizationConfig | undefined;
  readonly metrics: { readonly requireAuthentication: boolean };
}): AccessRules {
  return {
    required,
    metricsRequired: metrics.requireAuthentication,
    exclude,
    rights: authorization !== undefined,
    hasMethods: methods.length > 0,
  };
}

/** Tells whether only callers with a credential have access. */
export function isClosed(rules: AccessRules, access: Access): boolean {
  switch (access) {
    case "open":
    case "forge":
      return false;
    case "metrics":
      return rules.metricsRequired;
    case "evaluation":
      return rules.required && !rules.exclude.evaluation;
    case "ofrep":
      return rules.required && !rules.exclude.ofrep;
    case "token":
      return rules.required;
  }
}
