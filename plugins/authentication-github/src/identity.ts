import type { Identity } from "@vexil/plugin-api";
import { unavailable } from "./faults.js";
import type { AllowedMemberships, Memberships } from "./membership.js";

/**
 * Identity of a GitHub user.
 * @param user as `/user` answers
 * @param memberships undefined: they were not asked for
 * @throws VexilError VEXIL_UNAVAILABLE_PROVIDER if the user has no login or no number
 */
export function identityOf(
  user: Readonly<Record<string, unknown>>,
  memberships: AllowedMemberships | undefined,
): Identity {
  const login = textOf(user.login);
  const id = typeof user.id === "number" && Number.isSafeInteger(user.id) ? String(user.id) : undefined;
  if (login === undefined || id === undefined) throw unavailable("/user answered no user");
  const name = textOf(user.name) ?? login;
  const email = textOf(user.email) ?? `${id}+${login}@users.noreply.github.com`;
  const picture = textOf(user.avatar_url);
  const shared = { email, name, ...(picture !== undefined && { picture }) };
  const texts = memberships === undefined ? {} : textsOf(memberships.admitting);
  const own = { ...shared, sub: id, preferred_username: login, ...texts };
  return {
    subject: login,
    name,
    email,
    metadata: { ...prefixed("io.flipt.auth.github.", own), ...prefixed("io.flipt.auth.", shared) },
    claims: { sub: id, login, name, email, ...(memberships !== undefined && claimsOf(memberships.held)) },
  };
}

function textsOf({ organizations, teams }: Memberships): Readonly<Record<string, string>> {
  return { organizations: JSON.stringify(organizations), teams: JSON.stringify(Object.fromEntries(teams)) };
}

/** Claims that rights can be bound to. */
function claimsOf({ organizations, teams }: Memberships): Readonly<Record<string, readonly string[]>> {
  const named = [...teams].flatMap(([organization, slugs]) => slugs.map((slug) => `${organization}/${slug}`));
  return { organizations, teams: named };
}

/** The memberships that the claims of an identity tell. */
export function membershipsIn({ organizations, teams }: Identity["claims"]): Memberships {
  const slugs = new Map<string, string[]>();
  for (const team of textsIn(teams)) {
    // Neither part has a slash.
    const [organization = "", slug = ""] = team.split("/");
    slugs.set(organization, [...(slugs.get(organization) ?? []), slug]);
  }
  return { organizations: textsIn(organizations), teams: slugs };
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
