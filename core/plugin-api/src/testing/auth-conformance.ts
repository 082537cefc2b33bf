import type { AuthPlugin } from "../plugin.js";
import type { AuthRun } from "./auth-session.js";
import type { SettingsForCase } from "./backend-conformance.js";
import { authDeclarationCases } from "./cases/auth-declaration-cases.js";
import { authHttpCases } from "./cases/auth-http-cases.js";
import { authLifeCases } from "./cases/auth-life-cases.js";
import { authStreamCases } from "./cases/auth-stream-cases.js";
import type { ConformanceCase } from "./conformance-case.js";
import { explained } from "./explained-failure.js";
import { RecordingLogger } from "./recording-logger.js";

export interface AuthConformanceOptions {
  /** Origin that headers are asked for. */
  readonly origin?: string;
  /** A repository that a stream authenticator reaches with these settings; without one its talks are not tried. */
  readonly remote?: () => string;
  /** Texts that must not be seen in any log or error, beside the Secrets of the settings. */
  readonly secrets?: readonly string[];
}

/**
 * Cases that every credential type must pass, for any test runner, to be run in their order.
 * @param settings as the configuration gives them; or a function that gives fresh ones for each case
 * @example
 * for (const { title, run } of authConformance(plugin, { token: "t" })) test(title, run);
 */
export function authConformance(
  plugin: AuthPlugin,
  settings: Readonly<Record<string, unknown>> | SettingsForCase = {},
  options: AuthConformanceOptions = {},
): readonly ConformanceCase[] {
  const run: AuthRun = {
    plugin,
    settings: typeof settings === "function" ? settings : () => settings,
    origin: options.origin ?? "https://git.example.com",
    remote: options.remote,
    logger: new RecordingLogger(),
    secrets: new Set(options.secrets),
    thrown: [],
  };
  return [
    ...explained(CONTRACT.plugin, authDeclarationCases(run)),
    ...explained(CONTRACT.http, authHttpCases(run)),
    ...explained(CONTRACT.stream, authStreamCases(run)),
    ...explained(CONTRACT.life, authLifeCases(run)),
  ];
}

/** Demands, briefly, and where the whole of each stands: comments of this package's types. */
const CONTRACT = {
  plugin:
    "the default export declares kind, apiVersion, name and a schema that names every key it does not know (AuthPlugin)",
  http: "headers answers, for every request and to many at once, an object of the caller's own with the same header names each time and values that HTTP can carry; it settles once its signal is aborted (HttpAuthenticator.headers)",
  stream:
    "open answers a channel whose streams carry the service's bytes unchanged and whose exit resolves when it has ended; closing ends all of them (StreamAuthenticator.open, Channel)",
  life: "an aborted create gives up or finishes, close is idempotent and takes 5 s at most, no call hangs after it, and no secret is ever logged or thrown (AuthContext, Authenticator.close)",
} as const;
