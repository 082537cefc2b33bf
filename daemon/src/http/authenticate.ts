import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { AuthenticationConfig } from "@vexil/config/config";
import type { VexilError } from "@vexil/plugin-api/errors";
import { unauthenticatedError } from "./error-response.js";
import type { Principal } from "./principal.js";
import type { Access } from "./route.js";

/** Rules that authentication goes by, without any secret: they may be copied to another process. */
export interface AccessRules {
  readonly required: boolean;
  /** True if metrics want a credential even where nothing else does. */
  readonly metricsRequired: boolean;
  readonly exclude: { readonly evaluation: boolean; readonly ofrep: boolean };
  readonly tokens: readonly { readonly sha256: Uint8Array; readonly principal: Principal }[];
}

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

export function accessRules({
  authentication: config,
  metrics,
}: {
  readonly authentication: AuthenticationConfig;
  readonly metrics: { readonly requireAuthentication: boolean };
}): AccessRules {
  const tokens = config.token.enabled ? config.token.tokens : [];
  return {
    required: config.required,
    metricsRequired: metrics.requireAuthentication,
    exclude: config.exclude,
    tokens: tokens.map(({ name, credential, metadata }) => ({
      sha256: sha256(credential.reveal()),
      principal: {
        id: name.toLowerCase(),
        metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key.toLowerCase(), value])),
      },
    })),
  };
}

/**
 * Checks a request's credential (`http-api.md` §1.6).
 * @returns who it is; undefined where no credential is needed
 * @throws VexilError VEXIL_REFUSED_UNAUTHENTICATED
 */
export function authenticate(rules: AccessRules, access: Access, headers: IncomingHttpHeaders): Principal | undefined {
  if (!isClosed(rules, access)) return undefined;
  const principal = presentedPrincipal(rules, headers);
  if (principal === undefined) throw unauthenticatedError();
  return principal;
}

/** Error that `authenticate` would throw, for whoever has to read a body before it may say so. */
export function credentialFault(
  rules: AccessRules,
  access: Access,
  headers: IncomingHttpHeaders,
): VexilError | undefined {
  const isFine = !isClosed(rules, access) || presentedPrincipal(rules, headers) !== undefined;
  return isFine ? undefined : unauthenticatedError();
}

/**
 * Tells whether a caller may see, on a route that is open to anybody, what is not for anybody. Without required
 * authentication all callers may change everything, and are trusted.
 */
export function isTrusted(rules: AccessRules, headers: IncomingHttpHeaders): boolean {
  return !rules.required || presentedPrincipal(rules, headers) !== undefined;
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

/** Whose token a request carries, whether it needs one or not; undefined if it is nobody's. */
export function presentedPrincipal(rules: AccessRules, headers: IncomingHttpHeaders): Principal | undefined {
  if (rules.tokens.length === 0) return undefined;
  const token = presentedToken(headers);
  return token === undefined ? undefined : findPrincipal(rules, token);
}

function presentedToken(headers: IncomingHttpHeaders): string | undefined {
  const { authorization, cookie } = headers;
  if (authorization !== undefined) {
    return authorization.startsWith("Bearer ") ? authorization.slice("Bearer ".length) : undefined;
  }
  for (const part of cookie?.split(";") ?? []) {
    const [name, ...value] = part.trim().split("=");
    if (name === "flipt_client_token") return value.join("=");
  }
  return undefined;
}

/** Every token is compared, each in constant time, so that the time taken tells nothing about any of them. */
function findPrincipal(rules: AccessRules, token: string): Principal | undefined {
  const presented = sha256(token);
  let found: Principal | undefined;
  for (const candidate of rules.tokens) {
    if (timingSafeEqual(candidate.sha256, presented)) found = candidate.principal;
  }
  return found;
}
