import type { AuthenticationConfig } from "@vexil/config/config";
import { z } from "zod";
import type { LoginAttempt } from "../../../access/login-attempts.js";
import type { Logins } from "../../../access/logins.js";
import type { SessionCookies } from "../../../access/session-cookies.js";
import { param, type RouteRequest } from "../../route.js";
import { authenticationSchema } from "./shown-authentication.js";

export interface LoginOptions {
  readonly logins: Logins;
  readonly cookies: SessionCookies;
  readonly startedAt: number;
}

/** Places that a login may have in a path: a method, or one of its providers. */
export const PLACES = ["/auth/v1/method/{method}", "/auth/v1/method/{method}/{provider}"] as const;

export type LoginPath = (typeof PLACES)[number];

/** Methods whose credentials are neither logged in with nor exchanged. */
const WITHOUT_LOGINS: readonly string[] = ["token", "jwt", "certificate"];
const hasLogins = ({ methods }: AuthenticationConfig): boolean =>
  methods.some(({ method }) => !WITHOUT_LOGINS.includes(method));

/** Members that all routes of logins have. */
export const LOGIN_ROUTE = {
  access: "open",
  action: "none",
  isAvailable: hasLogins,
  errors: [401, 404, 500],
} as const;

/** For answers about sessions that no cache may keep. */
export const NOT_KEPT = { "Cache-Control": "no-store" };

/** A credential, and whose it is. */
export const loginSchema = z.object({ clientToken: z.string(), authentication: authenticationSchema });

/** Nobody is asked who sends them. */
export const BODY_LIMIT_BYTES = 65_536;

export function attemptOf(request: RouteRequest): LoginAttempt {
  return {
    method: param(request, "method"),
    provider: request.params.provider,
    client: request.client,
    signal: request.signal,
    ids: request.ids,
  };
}
