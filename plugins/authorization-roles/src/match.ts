import { type Caller, pointedAt } from "@vexil/plugin-api";
import { Pattern } from "./pattern.js";
import type { RolesSettings } from "./settings.js";

type MatchSettings = NonNullable<RolesSettings["bindings"]>[number]["match"];
type Condition = (caller: Caller) => boolean;

/** Claims that Vexil and the compatible system write themselves: an issuer that sends one gives nobody a right. */
const RESERVED = "io.flipt.auth";

/** Puts together what a binding's `match` asks of a caller: all of it has to hold. */
export function conditionOf(match: MatchSettings): Condition {
  const { method, provider, token, claims = {}, login, organizations, teams } = match;
  const conditions: Condition[] = [];
  if (method !== undefined) conditions.push((caller) => caller.method === method);
  if (provider !== undefined) {
    // Names of providers are keys of the configuration, which ignore case.
    const name = provider.toLowerCase();
    conditions.push((caller) => caller.provider?.toLowerCase() === name);
  }
  if (token !== undefined) {
    const pattern = new Pattern(token);
    conditions.push((caller) => caller.method === "token" && pattern.matches(caller.identity.subject));
  }
  for (const [name, value] of Object.entries(claims)) conditions.push((caller) => hasClaim(caller, name, value));
  for (const [name, value] of Object.entries({ login, organizations, teams })) {
    if (value !== undefined) {
      conditions.push((caller) => caller.method === "github" && hasClaim(caller, name, value));
    }
  }
  return (caller) => conditions.every((holds) => holds(caller));
}

/** @param name of a claim at the top, or a JSON Pointer to a deeper one */
function hasClaim({ identity: { claims } }: Caller, name: string, value: string): boolean {
  const pointer = name.startsWith("/") ? name : `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  if (pointer.startsWith(`/${RESERVED}`)) return false;
  const claim = pointedAt(claims, pointer);
  return claim === value || (Array.isArray(claim) && claim.includes(value));
}
