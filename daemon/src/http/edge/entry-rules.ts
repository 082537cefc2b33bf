import type { Access } from "../../access/access-rules.js";
import { BODY_LIMIT_BYTES } from "../read-body.js";
import type { RouteDescription } from "../route.js";

/** Facts about a route that are needed before it is run: plain data, which workers are sent. */
export interface EntryRule {
  readonly method: string;
  readonly path: string;
  readonly access: Access;
  /** Also for every other method. */
  readonly anyMethod: boolean;
  /** Which body the answer depends on: `signed`, where the sender proves itself by a signature over it. */
  readonly body: "none" | "json" | "signed";
  readonly bodyLimit: number;
  /** True if it changes something, and does so for whoever is let in. */
  readonly changes: boolean;
  /** Pages of other origins may not even ask for it. */
  readonly ownPages: boolean;
}

export function entryRules(routes: readonly RouteDescription[]): readonly EntryRule[] {
  return routes.map((route) => ({
    method: route.method,
    path: route.path,
    access: route.access,
    anyMethod: route.anyMethod === true,
    body: bodyOf(route),
    bodyLimit: route.bodyLimit ?? BODY_LIMIT_BYTES,
    changes: route.access === "token" && route.method !== "GET",
    ownPages: route.ownPages === true,
  }));
}

function bodyOf({ method, rawBody, access }: RouteDescription): EntryRule["body"] {
  if (rawBody === true && access === "forge") return "signed";
  // Metrics take any method, and look at no body.
  if (access === "metrics") return "none";
  return method === "POST" || method === "PUT" ? "json" : "none";
}
