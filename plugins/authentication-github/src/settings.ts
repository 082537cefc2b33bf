import { boolean, list, type SettingsLayout, secretText, text } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** Scope without which GitHub does not tell organizations and teams. */
export const ORGANIZATION_SCOPE = "read:org";

/** The map `authentication.methods.github`. */
export const githubSettings = z
  .strictObject({
    server_url: text().prefault("https://github.com").describe("Where users log in; a GitHub Enterprise Server's."),
    api_url: text().prefault("https://api.github.com").describe("Its API: https://github.example.com/api/v3."),
    client_id: text().optional(),
    client_secret: secretText().optional(),
    redirect_address: text().optional().describe("Address of this server as browsers see it."),
    scopes: list().prefault([]),
    allowed_organizations: list().prefault([]).describe("Only their members are let in."),
    allowed_teams: z
      .record(z.string(), list())
      .prefault({})
      .describe("Organization to the teams of it whose members are let in."),
    use_pkce: boolean().prefault(false),
  })
  .superRefine((settings, context) => {
    const issue = (path: readonly string[], message: string): void =>
      context.addIssue({ code: "custom", path: [...path], message: `github: ${message}` });
    const { allowed_organizations: organizations, allowed_teams: teams, scopes } = settings;
    for (const key of ["client_id", "client_secret", "redirect_address"] as const) {
      const value = settings[key];
      if (!(typeof value === "object" ? value.reveal() : value)) issue([key], `${key} non-empty value is required`);
    }
    for (const key of ["redirect_address", "server_url", "api_url"] as const) {
      const value = settings[key];
      if (value && !isAddress(value))
        issue([key], `${JSON.stringify(value)} is no address like https://flags.example.com`);
    }
    if (organizations.length > 0 && !scopes.includes(ORGANIZATION_SCOPE)) {
      issue(["scopes"], "scopes must contain read:org when allowed_organizations is not empty");
    }
    const allowed = new Set(organizations.map((organization) => organization.toLowerCase()));
    for (const organization of Object.keys(teams)) {
      if (allowed.has(organization.toLowerCase())) continue;
      issue(["allowed_teams", organization], `the organization "${organization}" is not in allowed_organizations`);
    }
  });

export type GithubSettings = z.output<typeof githubSettings>;

function isAddress(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

export default { schema: githubSettings, compatible: true } satisfies SettingsLayout;
