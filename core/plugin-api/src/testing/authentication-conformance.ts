import type { PresentedCredential } from "../authentication.js";
import type { AuthenticationPlugin } from "../plugin.js";
import type { AuthenticationRun } from "./authentication-session.js";
import type { SettingsForCase } from "./backend-conformance.js";
import { authenticationCredentialCases } from "./cases/authentication-credential-cases.js";
import { authenticationDeclarationCases } from "./cases/authentication-declaration-cases.js";
import { authenticationLifeCases } from "./cases/authentication-life-cases.js";
import { authenticationLoginCases } from "./cases/authentication-login-cases.js";
import type { ConformanceCase } from "./conformance-case.js";
import { explained } from "./explained-failure.js";
import { RecordingLogger } from "./recording-logger.js";

export interface AuthenticationConformanceOptions {
  /** A credential that is valid with these settings; without one only refusals are tried. */
  readonly credential?: () => PresentedCredential | Promise<PresentedCredential>;
  /** Texts that must not be seen in any log or error, beside the Secrets of the settings. */
  readonly secrets?: readonly string[];
}

/**
 * Cases that every way to authenticate must pass, for any test runner, to be run in their order. Providers that the
 * settings name may be away: what needs them is skipped then.
 * @param settings as the configuration gives them; or a function that gives fresh ones for each case
 * @example
 * for (const { title, run } of authenticationConformance(plugin, { key: "k" })) test(title, run);
 */
export function authenticationConformance(
  plugin: AuthenticationPlugin,
  settings: Readonly<Record<string, unknown>> | SettingsForCase = {},
  options: AuthenticationConformanceOptions = {},
): readonly ConformanceCase[] {
  const run: AuthenticationRun = {
    plugin,
    settings: typeof settings === "function" ? settings : () => settings,
    credential: options.credential,
    logger: new RecordingLogger(),
    secrets: new Set(options.secrets),
    thrown: [],
  };
  return [
    ...explained(CONTRACT.plugin, authenticationDeclarationCases(run)),
    ...explained(CONTRACT.credential, authenticationCredentialCases(run)),
    ...explained(CONTRACT.login, authenticationLoginCases(run)),
    ...explained(CONTRACT.life, authenticationLifeCases(run)),
  ];
}

/** Demands, briefly, and where the whole of each stands: comments of this package's types. */
const CONTRACT = {
  plugin:
    "the default export declares kind, apiVersion, name and a schema that names every key it does not know (AuthenticationPlugin)",
  credential:
    "verify answers an identity of plain values for a valid credential, undefined for any other one, or throws VEXIL_REFUSED_UNAUTHENTICATED or VEXIL_UNAVAILABLE_PROVIDER; exchange rejects with that or VEXIL_REFUSED_UNAUTHENTICATED (AuthenticationMethod)",
  login:
    "authorize answers an address that follows from the flow and carries its state; callback, backChannelLogout and frontChannelLogout reject whatever the provider has not vouched for, by VEXIL_REFUSED_UNAUTHENTICATED, VEXIL_VALIDATION_REQUEST or VEXIL_UNAVAILABLE_PROVIDER (LoginMethod)",
  life: "a provider that is away is no reason to fail at the start, close is idempotent and takes 5 s at most, no call hangs after it, and no secret is ever logged or thrown (AuthenticationContext, AuthenticationMethod.close)",
} as const;
