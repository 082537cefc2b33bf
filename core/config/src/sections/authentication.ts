import { boolean, later, secretText, text, textMap } from "@vexil/plugin-api/settings";
import { z } from "zod";
import { configError } from "../config-error.js";

const NOT_YET = "This method is not supported yet and lets nobody in.";

/** A method that is accepted and not supported: only `enabled` is read, and what its rules need. */
const method = <S extends z.core.$ZodLooseShape>(shape: S) =>
  z
    .looseObject({ enabled: boolean().prefault(false), ...shape })
    .optional()
    .describe(`Accepted for compatibility. ${NOT_YET}`);

const token = z
  .object({
    enabled: boolean().prefault(false),
    storage: z
      .object({
        type: text().prefault("static"),
        tokens: z
          .record(
            z.string(),
            z.object({
              credential: secretText().optional().describe("What the client sends as Bearer value."),
              metadata: textMap().optional().describe("Shown by /auth/v1/self."),
            }),
          )
          .prefault({}),
      })
      .prefault({}),
  })
  .prefault({})
  .describe("Static tokens.");

const ONLY_PUBLISHED = "Only evaluation and ofrep can be excluded.";

export const authentication = z
  .object({
    required: boolean().prefault(false).describe("Every API route wants a token."),
    exclude: z
      .object({
        evaluation: boolean().prefault(false),
        ofrep: boolean().prefault(false),
        management: later(ONLY_PUBLISHED),
        metadata: later(ONLY_PUBLISHED),
      })
      .prefault({})
      .describe("Routes that stay open."),
    session: z
      .looseObject({ domain: text().optional() })
      .optional()
      .describe("Accepted for compatibility. Sessions are not supported yet."),
    methods: z
      .object({
        token,
        oidc: method({}),
        github: method({}),
        kubernetes: method({}),
        jwt: method({ jwks_url: text().optional(), public_key_file: text().optional() }),
      })
      .prefault({}),
  })
  .prefault({});

export type AuthenticationSection = z.output<typeof authentication>;

export const METHODS = ["token", "oidc", "github", "kubernetes", "jwt"] as const;

/** The rules of `config.md` §2.7. */
export function checkAuthentication(section: AuthenticationSection): void {
  const { methods } = section;
  const enabled = METHODS.filter((name) => methods[name]?.enabled === true);
  if ((enabled.includes("oidc") || enabled.includes("github")) && !section.session?.domain) {
    throw configError("authentication: session_domain non-empty value is required", undefined, [
      "authentication",
      "session",
      "domain",
    ]);
  }
  if (enabled.includes("kubernetes") && enabled.includes("jwt")) {
    throw configError("authentication: kubernetes and jwt methods cannot both be enabled");
  }
  if (enabled.includes("jwt") && !methods.jwt?.jwks_url === !methods.jwt?.public_key_file) {
    throw configError("authentication: jwt: exactly one of jwks_url or public_key_file must be provided");
  }
  if (methods.token.enabled) {
    const { type, tokens } = methods.token.storage;
    if (type !== "static") {
      throw configError(`storage type: authentication.method.token.storage.type unexpected type: "${type}" (static)`);
    }
    for (const [name, { credential }] of Object.entries(tokens)) {
      if (!credential?.reveal()) {
        const path = ["authentication", "methods", "token", "storage", "tokens", name, "credential"];
        throw configError(`${path.join(".")} non-empty value is required`, undefined, path);
      }
    }
  }
}

/** Refuses whatever would leave the API open, although the configuration asks for authentication. */
export function refuseUnsupportedMethods(section: AuthenticationSection): void {
  const enabled = METHODS.filter((name) => section.methods[name]?.enabled === true);
  if (section.required && enabled.length > 0 && !enabled.includes("token")) {
    throw configError(
      `authentication: required, but of the enabled methods (${enabled.join(", ")}) none is supported yet; enable authentication.methods.token`,
    );
  }
}
