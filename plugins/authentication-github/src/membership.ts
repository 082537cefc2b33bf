import { unauthenticated } from "./faults.js";

/** A user's organizations by login, and the slugs of the teams in each. */
export interface Memberships {
  readonly organizations: readonly string[];
  readonly teams: ReadonlyMap<string, readonly string[]>;
}

export interface MembershipRules {
  readonly organizations: readonly string[];
  /** Organization to slugs; empty: no team is needed. */
  readonly teams: Readonly<Record<string, readonly string[]>>;
}

/** Memberships out of the API's lists. A slug counts within its organization alone. */
export function membershipsOf(
  organizations: readonly Readonly<Record<string, unknown>>[],
  teams: readonly Readonly<Record<string, unknown>>[],
): Memberships {
  const slugs = new Map<string, string[]>();
  for (const { slug, organization } of teams) {
    const login = (organization as Readonly<Record<string, unknown>> | null | undefined)?.login;
    if (typeof slug !== "string" || typeof login !== "string") continue;
    slugs.set(login, [...(slugs.get(login) ?? []), slug]);
  }
  const logins = organizations.map(({ login }) => login).filter((login) => typeof login === "string");
  return { organizations: logins, teams: slugs };
}

/** Memberships of a user that count. */
export interface AllowedMemberships {
  /** Those that let the user in. */
  readonly admitting: Memberships;
  /** All in these organizations: rights may be bound to teams that let nobody in. */
  readonly held: Memberships;
}

/**
 * The memberships that the rules name, or all of them where there are no rules. Names of organizations are compared
 * without regard to case, as GitHub does.
 * @param subject whose memberships they are
 * @throws VexilError VEXIL_REFUSED_UNAUTHENTICATED for whom the rules do not let in
 */
export function allowedMemberships(all: Memberships, rules: MembershipRules, subject?: string): AllowedMemberships {
  if (rules.organizations.length === 0) return { admitting: all, held: all };
  const isAllowed = (login: string): boolean => rules.organizations.some((one) => isSame(one, login));
  const organizations = all.organizations.filter(isAllowed);
  if (organizations.length === 0) {
    throw unauthenticated("account does not satisfy the organization requirements", subject);
  }
  const isOwn = (login: string): boolean => organizations.some((one) => isSame(one, login));
  const held = { organizations, teams: new Map([...all.teams].filter(([login]) => isOwn(login))) };
  const ruled = Object.entries(rules.teams);
  if (ruled.length === 0) return { admitting: held, held };
  const teams = new Map<string, readonly string[]>();
  for (const [login, slugs] of held.teams) {
    const listed = ruled.flatMap(([one, own]) => (isSame(one, login) ? own : []));
    const own = slugs.filter((slug) => listed.includes(slug));
    if (own.length > 0) teams.set(login, own);
  }
  if (teams.size === 0) throw unauthenticated("account does not satisfy the team requirements", subject);
  return { admitting: { organizations, teams }, held };
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
