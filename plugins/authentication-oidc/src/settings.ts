import { parseDuration } from "@vexil/plugin-api";
import { boolean, list, type SettingsLayout, secretText, text, textMap } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** Algorithms that an ID token may be signed with: those with a key of the provider's own. */
const ALGORITHMS: ReadonlySet<string> = new Set(
  "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA".split(" "),
);

/** Attributes of a user that a claim can be mapped to. */
const ATTRIBUTES: ReadonlySet<string> = new Set(["email", "sub", "picture", "name", "role"]);

/** Parameters of the authorization request that the protocol needs as they are. */
const RESERVED: ReadonlySet<string> = new Set(
  "client_id response_type redirect_uri scope state nonce code_challenge code_challenge_method".split(" "),
);

// Its rules are in the rules of the whole: a method that is not enabled need not keep them.
const provider = z.strictObject({
  issuer_url: text().optional().describe("Where <issuer_url>/.well-known/openid-configuration is."),
  client_id: text().optional(),
  client_secret: secretText().optional(),
  redirect_address: text().optional().describe("Address of this server as browsers see it."),
  nonce: text().optional().describe("Accepted for compatibility. It is always random."),
  scopes: list().prefault([]).describe("Asked for besides openid."),
  use_pkce: boolean().prefault(false),
  algorithms: list().prefault(["RS256"]).describe("Algorithms that ID tokens may be signed with."),
  fetch_extra_user_info: boolean().prefault(false).describe("Claims of the user info endpoint count, too."),
  claims_mapping: textMap().prefault({}).describe("Attribute of a user to the JSON Pointer of a claim."),
  authorize_parameters: textMap().prefault({}).describe("Added to the address of the login page."),
  use_end_session_endpoint: boolean().prefault(false).describe("Logging out also ends the provider's session."),
  device_login: boolean().prefault(false).describe("Users may log in devices without a browser, by a code."),
  allow_front_channel_logout: boolean().prefault(false).describe("Needs session.secure."),
});

export type ProviderSettings = z.output<typeof provider>;

/** The map `authentication.methods.oidc`. */
export const oidcSettings = z
  .strictObject({
    providers: z.record(z.string(), provider).prefault({}),
    email_matches: list().prefault([]).describe("Regular expressions (RE2): who matches none is not let in."),
    cache_ttl: text().prefault("15m").describe("How long a provider's discovery document is kept, such as 15m."),
  })
  .superRefine(({ providers, cache_ttl: kept }, context) => {
    const issue = (path: readonly string[], message: string): void =>
      context.addIssue({ code: "custom", path: [...path], message });
    for (const [name, settings] of Object.entries(providers)) {
      for (const [path, message] of providerFaults(settings))
        issue(["providers", name, ...path], `oidc provider ${name}: ${message}`);
    }
    const result = parseDuration(kept);
    if (typeof result === "string") issue(["cache_ttl"], `oidc: cache_ttl: ${result}`);
  });

/** Rules that a provider breaks: the path of the key, and what is wrong with it. */
function* providerFaults(settings: ProviderSettings): Generator<readonly [readonly string[], string]> {
  for (const key of ["client_id", "client_secret", "redirect_address", "issuer_url"] as const) {
    const value = settings[key];
    if (!(typeof value === "object" ? value.reveal() : value)) yield [[key], `${key} non-empty value is required`];
  }
  for (const [key, example] of [
    ["redirect_address", "https://flags.example.com"],
    ["issuer_url", "https://id.example.com"],
  ] as const) {
    const value = settings[key];
    if (value && !isAddress(value)) yield [[key], `${key}: ${JSON.stringify(value)} is no address like ${example}`];
  }
  for (const algorithm of settings.algorithms) {
    if (ALGORITHMS.has(algorithm)) continue;
    yield [["algorithms"], `algorithms: unknown algorithm "${algorithm}" (known: ${[...ALGORITHMS].join(", ")})`];
  }
  if (settings.algorithms.length === 0) yield [["algorithms"], "algorithms: name at least one algorithm"];
  for (const [attribute, pointer] of Object.entries(settings.claims_mapping)) {
    if (!ATTRIBUTES.has(attribute)) yield [["claims_mapping", attribute], `invalid claim key '${attribute}'`];
    if (pointer !== "" && !pointer.startsWith("/")) {
      yield [
        ["claims_mapping", attribute],
        `claims_mapping.${attribute}: "${pointer}" is no JSON Pointer: it begins with /`,
      ];
    }
  }
  for (const name of Object.keys(settings.authorize_parameters)) {
    if (RESERVED.has(name))
      yield [["authorize_parameters", name], `authorize_parameters.${name} is set by the login itself`];
  }
}

export type OidcSettings = z.output<typeof oidcSettings>;

function isAddress(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

export default { schema: oidcSettings, compatible: true } satisfies SettingsLayout;
