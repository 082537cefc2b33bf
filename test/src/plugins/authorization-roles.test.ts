import roles from "@vexil/authorization-roles";
import { ACTIONS, type AccessRequest, type Action, type Authorization, type Caller } from "@vexil/plugin-api";
import test from "ava";
import fc from "fast-check";
import { recordingLogger } from "../helpers/plugins/authenticator.js";

interface Grant {
  readonly actions: readonly Action[];
  readonly environments?: readonly string[];
  readonly namespaces?: readonly string[];
}

type Match = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

interface Settings {
  readonly roles?: Readonly<Record<string, readonly Grant[]>>;
  readonly bindings?: readonly { readonly role: string; readonly match: Match }[];
}

async function issues(settings: unknown): Promise<readonly string[]> {
  const result = await roles.schema["~standard"].validate(settings);
  return (result.issues ?? []).map(({ path = [], message }) => `${path.map(String).join(".")}: ${message}`);
}

async function open(settings: Settings): Promise<Authorization> {
  const result = await roles.schema["~standard"].validate(settings);
  if (result.issues !== undefined) throw new Error(JSON.stringify(result.issues));
  return roles.create(result.value, {
    configDirectory: process.cwd(),
    logger: recordingLogger().logger,
    redact: () => {},
    invalidate: () => {},
    signal: new AbortController().signal,
  });
}

const caller = (method: string, subject: string, claims: Readonly<Record<string, unknown>> = {}): Caller => ({
  method,
  identity: { subject, metadata: {}, claims },
});

const NEVER = new AbortController().signal;

/** Every action that a caller may do in a place. */
async function allowed(rights: Authorization, who: Caller, place: Omit<AccessRequest, "action">): Promise<string> {
  const found: string[] = [];
  for (const action of ACTIONS) if (await rights.decide(who, { action, ...place }, NEVER)) found.push(action);
  return found.join(" ");
}

const TEAM = { environment: "staging", namespace: "team-a" };

test("a binding gives its role's grants, bindings add up, and without one nothing is allowed", async (t) => {
  const rights = await open({
    roles: {
      viewer: [{ actions: ["read", "evaluate"] }],
      editor: [{ actions: ["write"], environments: ["staging"], namespaces: ["team-a", "shared-*"] }],
    },
    bindings: [
      { role: "viewer", match: { token: "ci-*" } },
      { role: "Editor", match: { claims: { groups: "devs" } } },
      { role: "viewer", match: { claims: { groups: "devs" } } },
    ],
  });
  const dev = caller("oidc", "ada", { groups: ["ops", "devs"] });
  t.is(await allowed(rights, dev, TEAM), "evaluate read write");
  t.is(await allowed(rights, dev, { environment: "staging", namespace: "shared-" }), "evaluate read write");
  t.is(await allowed(rights, dev, { environment: "staging", namespace: "team-ab" }), "evaluate read");
  t.is(await allowed(rights, dev, { environment: "Staging", namespace: "team-a" }), "evaluate read");
  t.is(await allowed(rights, dev, { environment: "production", namespace: "team-a" }), "evaluate read");
  t.is(await allowed(rights, caller("token", "ci-1"), TEAM), "evaluate read");
  t.is(await allowed(rights, caller("token", "cd-1"), TEAM), "");
  t.is(await allowed(rights, caller("oidc", "ci-1"), TEAM), "");
});

test("a binding may name the provider, whose users are not those of another one", async (t) => {
  const rights = await open({
    roles: { viewer: [{ actions: ["read"] }], editor: [{ actions: ["write"] }] },
    bindings: [
      { role: "viewer", match: { provider: "corporate", claims: { groups: "devs" } } },
      { role: "editor", match: { method: "oidc", provider: "Partner" } },
    ],
  });
  const { identity } = caller("oidc", "ada", { groups: ["devs"] });
  const at = (provider?: string): Caller => ({ method: "oidc", provider, identity });
  for (const _ of [1, 2]) {
    t.is(await allowed(rights, at("corporate"), TEAM), "read");
    t.is(await allowed(rights, at("partner"), TEAM), "write", "names of providers ignore case");
    t.is(await allowed(rights, at("corporate2"), TEAM), "");
    t.is(await allowed(rights, at(), TEAM), "");
  }
  t.is(await allowed(rights, { ...at("partner"), method: "jwt" }, TEAM), "");
  for (const provider of ["", 7, ["corporate"], null, { name: "corporate" }]) {
    const bindings = [{ role: "viewer", match: { provider } }];
    t.is((await issues({ roles: { viewer: [] }, bindings })).length, provider === 7 ? 0 : 1, JSON.stringify(provider));
  }
  t.regex(
    (await issues({ bindings: [{ role: "x", match: { providr: "corporate" } }] })).join(),
    /unknown member of match "providr"/,
  );
});

test("bindings that name what there is not are told, each with what it names", async (t) => {
  const rights = await open({
    roles: { viewer: [{ actions: ["read"] }] },
    bindings: [
      { role: "viewer", match: { token: "ci-*" } },
      { role: "viewer", match: { token: "cd" } },
      { role: "viewer", match: { provider: "Corporate" } },
      { role: "viewer", match: { provider: "corprate", claims: { groups: "devs" } } },
      { role: "viewer", match: { method: "jwt" } },
    ],
  });
  const known = { methods: ["token", "oidc"], providers: ["corporate"], tokens: ["ci-1"] };
  t.deepEqual(rights.unmatched?.(known), [
    'a binding of role "viewer" matches nobody: no static token is called "cd"',
    'a binding of role "viewer" matches nobody: no provider is called "corprate"',
    'a binding of role "viewer" matches nobody: the method "jwt" is not enabled',
  ]);
  t.is(rights.unmatched?.({ ...known, providers: undefined, tokens: undefined }).length, 1);
});

test("to make a branch takes a right for its key, too, where others have rights by a pattern for it alone", async (t) => {
  const all: readonly Grant[] = [{ actions: ["branch"], environments: ["production"] }];
  const rights = await open({
    roles: {
      one: all,
      both: [...all, { actions: ["branch"], environments: ["dev-*"] }],
      spread: [{ actions: ["branch", "read"], environments: ["prod*", "dev-*"] }],
      reader: [
        { actions: ["read"], environments: ["dev-*"] },
        { actions: ["read"], environments: ["exact"] },
        { actions: ["read"] },
        { actions: ["evaluate"], environments: ["pro*", "pub-*"] },
      ],
    },
    bindings: ["one", "both", "spread", "reader"].map((role) => ({ role, match: { token: role } })),
  });
  const may = async (token: string, branch: string, base?: string): Promise<boolean> => {
    const environment = base === undefined ? "production" : "feature";
    return rights.decide(
      caller("token", token),
      { action: "branch", change: "create", environment, base, branch },
      NEVER,
    );
  };
  for (const [token, open] of Object.entries({ one: false, both: true, spread: true, reader: false })) {
    t.is(await may(token, "dev-x"), open, token);
    for (const free of ["mine", "exact", "pub-x", "DEV-x"]) t.is(await may(token, free), token !== "reader", free);
  }
  t.is(await may("one", "dev-x", "production"), false);
  t.is(await may("one", "mine", "production"), true);
});

test("what concerns all namespaces or all environments needs a grant for all of them", async (t) => {
  const grants: readonly Grant[] = [
    { actions: ["branch"], environments: ["staging"] },
    { actions: ["sync"], environments: ["*"], namespaces: ["**"] },
    { actions: ["write"], environments: ["staging"], namespaces: ["team-*"] },
    { actions: ["admin"], environments: ["staging"] },
  ];
  const rights = await open({ roles: { r: grants }, bindings: [{ role: "r", match: { method: "jwt" } }] });
  const who = caller("jwt", "x");
  t.is(await allowed(rights, who, { environment: "staging" }), "branch sync admin");
  t.is(await allowed(rights, who, {}), "sync");
  t.is(await allowed(rights, who, { environment: "production" }), "sync");
});

test("a branch is judged by its own key or by its base's", async (t) => {
  const rights = await open({
    roles: {
      r: [
        { actions: ["write"], environments: ["staging"] },
        { actions: ["read"], environments: ["feat-*"] },
      ],
    },
    bindings: [{ role: "r", match: { method: "jwt" } }],
  });
  const who = caller("jwt", "x");
  t.is(await allowed(rights, who, { environment: "feat-1", base: "staging" }), "read write");
  t.is(await allowed(rights, who, { environment: "feat-1", base: "production" }), "read");
  t.is(await allowed(rights, who, { environment: "x", base: "feat-1" }), "read");
});

test("claims are compared as texts, at the top, and those of Vexil's own names count for nothing", async (t) => {
  const rightsOf = (match: Match): Promise<Authorization> =>
    open({ roles: { r: [{ actions: ["read"] }] }, bindings: [{ role: "r", match }] });
  const may = async (match: Match, claims: Readonly<Record<string, unknown>>): Promise<boolean> =>
    (await allowed(await rightsOf(match), caller("jwt", "x", claims), TEAM)) === "read";
  const groups = { claims: { groups: "devs" } };
  t.true(await may(groups, { groups: "devs" }));
  t.true(await may(groups, { groups: ["a", "devs"] }));
  for (const odd of ["Devs", "devs2", " devs", "*", ["developers"], [["devs"]], { devs: "devs" }, 1, true, null]) {
    t.false(await may(groups, { groups: odd }), JSON.stringify(odd));
  }
  t.false(await may(groups, { nested: { groups: "devs" } }));
  t.false(await may({ claims: { "io.flipt.auth.role": "x" } }, { "io.flipt.auth.role": "x" }));
  t.false(await may({ claims: { toString: "x", constructor: "y" } }, {}));
  t.false(await may({ claims: { groups: "d*" } }, { groups: "devs" }));
  t.false(await may({ claims: { groups: "devs", level: "2" } }, { groups: "devs" }));
  t.true(await may({ claims: { groups: "devs", level: "2" }, method: "jwt" }, { groups: "devs", level: "2" }));
  t.false(await may({ claims: { groups: "devs" }, method: "oidc" }, { groups: "devs" }));
});

test("GitHub's login, organizations and teams count for GitHub alone", async (t) => {
  const claims = { login: "ada", organizations: ["acme"], teams: ["acme/core"] };
  for (const match of [
    { login: "ada" },
    { organizations: "acme" },
    { teams: "acme/core" },
    { claims: { teams: "acme/core" } },
  ]) {
    const rights = await open({ roles: { r: [{ actions: ["read"] }] }, bindings: [{ role: "r", match }] });
    t.is(await allowed(rights, caller("github", "ada", claims), TEAM), "read");
    t.is(
      await allowed(rights, caller("github", "ada", { login: "b", organizations: [], teams: ["other/core"] }), TEAM),
      "",
    );
    if (!("claims" in match)) t.is(await allowed(rights, caller("jwt", "ada", claims), TEAM), "");
  }
});

const R = { r: [{ actions: ["read"] }] };

for (const [settings, expected] of [
  [
    { bindings: [{ role: "x", match: { token: "a" } }] },
    'bindings.0.role: unknown role "x" (there is none under roles)',
  ],
  [{ roles: R, bindings: [{ role: "x", match: { token: "a" } }] }, 'bindings.0.role: unknown role "x" (roles: r)'],
  [{ roles: { r: [{ actions: ["read", "delete"] }] } }, /^roles\.r\.0\.actions: unknown action "delete" \(known are /],
  [{ roles: { r: [{ actions: [] }] } }, /^roles\.r\.0\.actions: no action/],
  [{ roles: { r: [{}] } }, /^roles\.r\.0\.actions: /],
  [
    { roles: { r: [{ actions: ["read"], environment: ["a"] }] } },
    /^roles\.r\.0: unknown member of a grant "environment" \(/,
  ],
  [{ roles: { r: [], R: [] } }, 'roles.R: role "R" is given twice'],
  [
    { roles: R, bindings: [{ role: "r", match: { group: "devs", token: "a" } }] },
    /^bindings\.0\.match: unknown member of match "group" \(/,
  ],
  [{ roles: R, bindings: [{ role: "r", match: {} }] }, /^bindings\.0\.match: is empty, and would match everybody/],
  [{ roles: R, bindings: [{ role: "r", match: { claims: {} } }] }, /^bindings\.0\.match: is empty/],
  [{ roles: R, bindings: [{ role: "r" }] }, /^bindings\.0\.match: /],
  [{ roles: R, bindings: [{ role: "r", match: { token: "" } }] }, /^bindings\.0\.match\.token: is empty/],
  [
    { roles: R, bindings: [{ role: "r", match: { claims: { groups: "" } } }] },
    /^bindings\.0\.match\.claims\.groups: is empty/,
  ],
  [
    { roles: R, bindings: [{ role: "r", match: { claims: { groups: ["a"] } } }] },
    /groups: a claim is compared with a text/,
  ],
  [
    { roles: R, bindings: [{ role: "r", match: { token: "a" }, users: [] }] },
    /^bindings\.0: unknown member of a binding "users"/,
  ],
] as const) {
  test(`settings are refused: ${String(expected)}`, async (t) => {
    const found = await issues(settings);
    t.is(found.length, 1, found.join("\n"));
    if (typeof expected === "string") t.is(found[0], expected);
    else t.regex(found[0] ?? "", expected);
  });
}

// The reference: what the text says, without a thought of speed.

const glob = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^]*")}$`).test(name);

function within(places: readonly string[] | undefined, name: string | undefined): boolean {
  if (places === undefined) return true;
  if (name === undefined) return places.some((pattern) => /^\*+$/.test(pattern));
  return places.some((pattern) => glob(pattern, name));
}

function holds(match: Match, { method, identity: { subject, claims } }: Caller): boolean {
  return Object.entries(match).every(([member, wanted]) => {
    if (member === "method") return method === wanted;
    if (member === "token") return method === "token" && glob(wanted as string, subject);
    if (member !== "claims") {
      return method === "github" && (claims[member] === wanted || [claims[member]].flat(1).includes(wanted));
    }
    return Object.entries(wanted).every(
      ([name, value]) =>
        !name.startsWith("io.flipt.auth") && (claims[name] === value || [claims[name]].flat(1).includes(value)),
    );
  });
}

function expected({ roles: known = {}, bindings = [] }: Settings, who: Caller, request: AccessRequest): boolean {
  const { action, environment, base, namespace } = request;
  return bindings.some(
    ({ role, match }) =>
      holds(match, who) &&
      known[role]?.some(
        (grant) =>
          grant.actions.includes(action) &&
          within(grant.namespaces, namespace) &&
          (within(grant.environments, environment) || (base !== undefined && within(grant.environments, base))),
      ) === true,
  );
}

const NAMES = ["a", "b", "ab", "aab", "a-b", "abab", "A", "a/b", ""];
const name = fc.constantFrom(...NAMES);
const pattern = fc.oneof(
  name,
  fc.array(fc.constantFrom("a", "b", "*", "-", "/"), { maxLength: 5 }).map((p) => p.join("")),
);
const places = fc.option(fc.array(pattern, { minLength: 1, maxLength: 3 }), { nil: undefined, freq: 2 });
const grant = fc
  .record({
    actions: fc.uniqueArray(fc.constantFrom(...ACTIONS), { minLength: 3 }),
    environments: places,
    namespaces: places,
  })
  .map((made) => JSON.parse(JSON.stringify(made)) as Grant);
const text = fc.constantFrom("devs", "ops", "a", "ab");
const members = {
  method: fc.constantFrom("token", "jwt", "github"),
  token: pattern.filter((p) => p !== ""),
  claims: fc.dictionary(fc.constantFrom("groups", "role", "io.flipt.auth.x"), text, { minKeys: 1, maxKeys: 2 }),
  login: text,
  teams: text,
};
const member = fc.constantFrom("method", "token", "claims", "claims", "login", "teams" as const);
/** One member, or two: more hardly ever hold together. */
const match: fc.Arbitrary<Match> = fc
  .uniqueArray(member, { minLength: 1, maxLength: 2 })
  .chain((chosen) => fc.record(Object.fromEntries(chosen.map((one) => [one, members[one]]))))
  .map((made) => JSON.parse(JSON.stringify(made)) as Match);
const settings = fc.record({
  roles: fc.record({ r: fc.array(grant, { minLength: 1, maxLength: 3 }), s: fc.array(grant, { maxLength: 2 }) }),
  bindings: fc.array(fc.record({ role: fc.constantFrom("r", "s"), match }), { minLength: 1, maxLength: 5 }),
});
const claim = fc.oneof(text, fc.array(text, { maxLength: 2 }), fc.constantFrom<unknown>(1, null, { devs: true }));
const anyCaller = fc
  .record({
    method: fc.constantFrom("token", "jwt", "github"),
    subject: name,
    claims: fc.dictionary(fc.constantFrom("groups", "role", "login", "teams", "io.flipt.auth.x"), claim),
  })
  .map(({ method, subject, claims }) => caller(method, subject, JSON.parse(JSON.stringify(claims))));
const maybe = fc.option(name, { nil: undefined });
const request = fc
  .record({ action: fc.constantFrom(...ACTIONS), environment: maybe, base: maybe, namespace: maybe })
  .map((made): AccessRequest => (made.environment === undefined ? { action: made.action } : made));

test("generated rights are judged as a naive matcher judges them", async (t) => {
  let yes = 0;
  await fc.assert(
    fc.asyncProperty(
      settings,
      fc.array(anyCaller, { minLength: 1, maxLength: 4 }),
      fc.array(request, { minLength: 5, maxLength: 20 }),
      async (given, callers, requests) => {
        const rights = await open(given);
        for (const who of callers) {
          for (const asked of requests) {
            const decided = await rights.decide(who, asked, NEVER);
            if (decided) yes += 1;
            if (decided !== expected(given, who, asked)) throw new Error(JSON.stringify({ who, asked, decided }));
          }
        }
      },
    ),
    { numRuns: 1500, seed: 14 },
  );
  t.true(yes > 1000, `${yes} allowed`);
});
