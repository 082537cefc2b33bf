import type { AuthenticationConfig } from "@vexil/config/config";
import type { Authentication } from "../../../access/authentication.js";
import type { Route } from "../../route.js";
import { loginRoutes } from "./login.js";
import { methodListRoute } from "./method-list.js";
import { selfRoutes } from "./self.js";

/** How clients authenticate, and as whom. */
export function authRoutes(
  config: () => AuthenticationConfig,
  { logins, cookies }: Authentication,
  startedAt: number,
): readonly Route[] {
  return [
    methodListRoute(config, (method) => logins.providers(method)),
    ...selfRoutes({ config, startedAt, logins, cookies }),
    ...loginRoutes({ logins, cookies, startedAt }),
  ];
}
