import type { AccessRequest, Action, Authorization, Caller, ConfiguredCallers, Identity } from "@vexil/plugin-api";
import { conditionOf } from "./match.js";
import { Pattern } from "./pattern.js";
import type { RolesSettings } from "./settings.js";
import { type NamedMatch, unmatchedBindings } from "./unmatched-bindings.js";

/** Undefined: all that there are. */
type Places = readonly Pattern[] | undefined;

interface Grant {
  readonly environments: Places;
  readonly namespaces: Places;
}

type Grants = ReadonlyMap<Action, readonly Grant[]>;

interface Binding {
  readonly holds: (caller: Caller) => boolean;
  readonly grants: Grants;
}

/** Rights by roles: a caller may do what a grant of a role allows that a binding gives it, and nothing else. */
export class RoleRights implements Authorization {
  readonly #bindings: readonly Binding[];
  /** Of all roles that somebody has. */
  readonly #grants: readonly Grant[];
  /** Grants of callers who have asked: whoever asks once asks again. */
  readonly #known = new WeakMap<
    Identity,
    Pick<Caller, "method" | "provider"> & { readonly grants: readonly Grants[] }
  >();
  readonly #matches: readonly NamedMatch[];

  constructor({ roles = {}, bindings = [] }: RolesSettings) {
    const compiled = new Map(Object.entries(roles).map(([name, grants]) => [name.toLowerCase(), byAction(grants)]));
    this.#matches = bindings;
    this.#bindings = bindings.map(({ role, match }) => ({
      holds: conditionOf(match),
      grants: compiled.get(role.toLowerCase()) ?? new Map(),
    }));
    this.#grants = this.#bindings.flatMap(({ grants }) => [...grants.values()].flat());
  }

  decide(caller: Caller, request: AccessRequest): boolean {
    const { branch } = request;
    if (!this.#allows(caller, request)) return false;
    // Others get at what the new one holds by rights for names like its own; who makes it has to have such, too.
    if (branch === undefined || !this.#opens(branch, request)) return true;
    return this.#allows(caller, { ...request, environment: branch, base: undefined });
  }

  /** Tells whether somebody has rights for environments of such names who has none for the one a branch is made from. */
  #opens(branch: string, { environment = "", base = environment }: AccessRequest): boolean {
    return this.#grants.some(
      ({ environments }) =>
        environments?.some((pattern) => pattern.isOpen && pattern.matches(branch)) === true &&
        !isIn(environments, environment) &&
        !isIn(environments, base),
    );
  }

  #allows(caller: Caller, request: AccessRequest): boolean {
    const { environment, base, namespace } = request;
    for (const grants of this.#grantsOf(caller)) {
      for (const grant of grants.get(request.action) ?? []) {
        if (!isIn(grant.namespaces, namespace)) continue;
        if (isIn(grant.environments, environment)) return true;
        if (environment !== undefined && base !== undefined && isIn(grant.environments, base)) return true;
      }
    }
    return false;
  }

  unmatched(callers: ConfiguredCallers): readonly string[] {
    return unmatchedBindings(this.#matches, callers);
  }

  async close(): Promise<void> {}

  #grantsOf(caller: Caller): readonly Grants[] {
    const known = this.#known.get(caller.identity);
    if (known?.method === caller.method && known.provider === caller.provider) return known.grants;
    const grants = this.#bindings.filter(({ holds }) => holds(caller)).map((binding) => binding.grants);
    this.#known.set(caller.identity, { method: caller.method, provider: caller.provider, grants });
    return grants;
  }
}

function byAction(grants: NonNullable<RolesSettings["roles"]>[string]): Grants {
  const sorted = new Map<Action, Grant[]>();
  for (const { actions, environments, namespaces } of grants) {
    const grant = { environments: placesOf(environments), namespaces: placesOf(namespaces) };
    for (const action of actions) sorted.set(action, [...(sorted.get(action) ?? []), grant]);
  }
  return sorted;
}

function placesOf(names: readonly string[] | undefined): Places {
  const patterns = names?.map((name) => new Pattern(name));
  return patterns?.some(({ isAny }) => isAny) === true ? undefined : patterns;
}

/** @param name undefined: it is asked for all of them, which only a grant for all of them allows */
function isIn(places: Places, name: string | undefined): boolean {
  return places === undefined || (name !== undefined && places.some((pattern) => pattern.matches(name)));
}
