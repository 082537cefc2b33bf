import { ACTIONS, type Action } from "@vexil/plugin-api";
import { list, type SettingsLayout, text } from "@vexil/plugin-api/settings";
import { z } from "zod";

const named = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(", ");

/** Names the keys that nobody knows, and those that there are. */
const strict = <Shape extends z.core.$ZodLooseShape>(what: string, shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `unknown ${what} ${named(issue.keys)} (known are ${Object.keys(shape).join(", ")})`
        : undefined,
  });

const actions = list()
  .transform((given, context): readonly Action[] => {
    const unknown = given.filter((action) => !ACTIONS.some((name) => name === action));
    const known = `known are ${ACTIONS.join(", ")}`;
    if (given.length === 0) context.addIssue({ code: "custom", message: `no action (${known})` });
    if (unknown.length > 0) {
      context.addIssue({ code: "custom", message: `unknown action ${named(unknown)} (${known})` });
    }
    return given as readonly Action[];
  })
  .describe(`Any of ${ACTIONS.join(", ")}.`);

const places = (what: string) =>
  list().optional().describe(`Keys of ${what}; * stands for any run of characters. Absent: all.`);

const grant = strict("member of a grant", {
  actions,
  environments: places("environments"),
  namespaces: places("namespaces"),
});

/** Empty texts come from variables that are not set, and must not match what has none. */
const wanted = () =>
  text().superRefine((given, context) => {
    if (given === "") context.addIssue({ code: "custom", message: "is empty, and would match nobody" });
  });

const claim = z
  .string({ error: "a claim is compared with a text; write it in quotes if it looks like something else" })
  .min(1, "is empty, and would match nobody");

const MATCH = {
  method: wanted().optional().describe("token, jwt, oidc, github, kubernetes, or another method's name."),
  provider: wanted()
    .optional()
    .describe("Name of the provider that the caller logged in at: a key of authentication.methods.oidc.providers."),
  token: wanted().optional().describe("Name of a static token as /auth/v1/self shows it; * is any run of characters."),
  claims: z
    .record(z.string(), claim)
    .optional()
    .describe("Claim, or JSON Pointer to a deeper one → its text, or one that its list has."),
  login: wanted().optional().describe("Login at GitHub."),
  organizations: wanted().optional().describe("An organization at GitHub."),
  teams: wanted().optional().describe("A team at GitHub: organization/slug."),
} as const;

const match = strict("member of match", MATCH).superRefine((given, context) => {
  const { claims = {}, ...others } = given;
  const isEmpty = Object.keys(claims).length === 0 && Object.values(others).every((value) => value === undefined);
  if (!isEmpty) return;
  const message = `is empty, and would match everybody; name at least one of ${Object.keys(MATCH).join(", ")}`;
  context.addIssue({ code: "custom", message });
});

const binding = strict("member of a binding", {
  role: wanted().describe("A role, in any case."),
  match: match.describe("Who has it: all that is named has to hold."),
});

/** Roles and who has them. Their names ignore case, as all keys of the configuration do. */
export const rolesSettings = z
  .strictObject({
    roles: z.record(z.string(), z.array(grant)).optional().describe("Role → what it allows: a list of grants."),
    bindings: z.array(binding).optional().describe("Who has which role. Nobody may do what no binding grants."),
  })
  .superRefine(({ roles = {}, bindings = [] }, context) => {
    const known = new Set<string>();
    for (const name of Object.keys(roles)) {
      const lower = name.toLowerCase();
      if (known.has(lower)) {
        context.addIssue({ code: "custom", path: ["roles", name], message: `role "${name}" is given twice` });
      }
      known.add(lower);
    }
    for (const [index, { role }] of bindings.entries()) {
      if (known.has(role.toLowerCase())) continue;
      const choice = known.size === 0 ? "there is none under roles" : `roles: ${[...known].join(", ")}`;
      const path = ["bindings", index, "role"];
      context.addIssue({ code: "custom", path, message: `unknown role ${JSON.stringify(role)} (${choice})` });
    }
  });

export type RolesSettings = z.output<typeof rolesSettings>;

export default { schema: rolesSettings } satisfies SettingsLayout;
