import type { Caller } from "../authorization.js";
import type { AuthorizationPlugin } from "../plugin.js";
import type { AuthorizationRun } from "./authorization-session.js";
import type { SettingsForCase } from "./backend-conformance.js";
import {
  authorizationDecisionCases,
  authorizationDeclarationCases,
  authorizationLifeCases,
} from "./cases/authorization-cases.js";
import type { ConformanceCase } from "./conformance-case.js";
import { explained } from "./explained-failure.js";
import { RecordingLogger } from "./recording-logger.js";

export interface AuthorizationConformanceOptions {
  /** Callers that the settings allow something, beside nobody in particular. */
  readonly callers?: readonly Caller[];
  /** Texts that must not be seen in any log or error, beside the Secrets of the settings. */
  readonly secrets?: readonly string[];
}

/**
 * Cases that every engine of rights must pass, for any test runner, to be run in their order. What the settings name may
 * be away: what needs it is skipped then.
 * @param settings as the configuration gives them; or a function that gives fresh ones for each case
 * @example
 * for (const { title, run } of authorizationConformance(plugin, { readers: ["ada"] })) test(title, run);
 */
export function authorizationConformance(
  plugin: AuthorizationPlugin,
  settings: Readonly<Record<string, unknown>> | SettingsForCase = {},
  options: AuthorizationConformanceOptions = {},
): readonly ConformanceCase[] {
  const run: AuthorizationRun = {
    plugin,
    settings: typeof settings === "function" ? settings : () => settings,
    callers: options.callers ?? [],
    logger: new RecordingLogger(),
    secrets: new Set(options.secrets),
    thrown: [],
  };
  return [
    ...explained(CONTRACT.plugin, authorizationDeclarationCases(run)),
    ...explained(CONTRACT.decisions, authorizationDecisionCases(run)),
    ...explained(CONTRACT.life, authorizationLifeCases(run)),
  ];
}

/** Demands, briefly, and where the whole of each stands: comments of this package's types. */
const CONTRACT = {
  plugin:
    "the default export declares kind, apiVersion, name and a schema that names every key it does not know (AuthorizationPlugin)",
  decisions:
    "decide answers true or false within 5 s, alike for equal questions; without an environment or a namespace it is asked for all of them; it throws VEXIL_UNAVAILABLE_PROVIDER alone, which is a no (Authorization)",
  life: "close is idempotent and takes 5 s at most, no call hangs after it, and no secret is ever logged or thrown (Authorization)",
} as const;
