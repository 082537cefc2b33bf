import type { AuthenticationConfig } from "@vexil/config/config";
import type { LoginAttempt } from "../../../access/login-attempts.js";
import type { Logins } from "../../../access/logins.js";
import type { SessionCookies } from "../../../access/session-cookies.js";
import { param, type RouteRequest } from "../../route.js";

export interface LoginOptions {
  readonly logins: Logins;
  readonly cookies: SessionCookies;
  readonly startedAt: number;
}

/** Places that a login may have in a path: a method, or one of its providers. */
export const PLACES = ["/auth/v1/method/{method}", "/auth/v1/method/{method}/{provider}"] as const;

export type LoginPath = (typeof PLACES)[number];

/** Tokens are neither logged in with nor exchanged. */
export const hasMethods = ({ methods }: AuthenticationConfig): boolean =>
  methods.some(({ method }) => method !== "token" && method !== "jwt");
/** Nobody is asked who sends them. */
export const BODY_LIMIT_BYTES = 65_536;

export function attemptOf(request: RouteRequest): LoginAttempt {
  return {
    method: param(request, "method"),
    provider: request.params.provider,
    client: request.client,
    signal: request.signal,
  };
}
