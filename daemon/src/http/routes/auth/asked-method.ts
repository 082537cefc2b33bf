import { fieldError, queryValue } from "../../query-values.js";
import type { RouteRequest } from "../../route.js";
import { methodName } from "./shown-authentication.js";

/** Names of methods by the numbers that they have in gRPC. */
const BY_NUMBER = ["none", "token", "oidc", "kubernetes", "github", "jwt"].map(methodName);
const [ANY = ""] = BY_NUMBER;

/**
 * The method that a query asks for, by its name or number; undefined: any.
 * @throws VexilError VEXIL_VALIDATION_REQUEST
 */
export function askedMethod(request: Pick<RouteRequest, "query">): string | undefined {
  const text = queryValue(request, "method");
  const name = /^\d+$/.test(text) ? BY_NUMBER[Number(text)] : text;
  if (name === "" || name === ANY) return undefined;
  if (name !== undefined && /^METHOD_[A-Z0-9_-]+$/.test(name)) return name;
  throw fieldError("method", text, `a method, such as ${BY_NUMBER[1]}`);
}
