import type { TokenSettings } from "@vexil/authentication-token/settings";
import type { Config, MethodConfig } from "@vexil/config/config";
import { loadPlugins } from "@vexil/engine/plugins/plugin-registry";
import type { Logger, Secret } from "@vexil/plugin-api";
import { Authentication } from "../../../../daemon/dist/access/authentication.js";

interface Token {
  readonly credential: Secret;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly name?: string;
  readonly email?: string;
  readonly expires_at?: string;
}

/** Deadlines for a machine that many tests keep busy. */
const DEADLINES = { loadMs: 60_000, validateMs: 60_000, createMs: 60_000, useMs: 10_000, closeMs: 60_000 };

/** The method of static tokens, these by name. */
export function tokenMethod(tokens: Readonly<Record<string, Token>>): MethodConfig {
  const settings = { storage: { type: "static", tokens } };
  return { method: "token", settings, path: "authentication.methods.token" };
}

/** Static tokens of a configuration, by name. */
export function tokensOf({ authentication }: Config): TokenSettings["storage"]["tokens"] {
  const method = authentication.methods.find(({ method }) => method === "token");
  return (method?.settings as TokenSettings | undefined)?.storage.tokens ?? {};
}

/** The methods of a configuration, opened as the daemon does. */
export async function openAuthentication(
  config: Config,
  logger: Logger,
): Promise<{ readonly authentication: Authentication; readonly close: () => Promise<void> }> {
  const plugins = await loadPlugins(config, logger, { deadlines: DEADLINES });
  const authentication = new Authentication({
    logger,
    count: () => {},
    stateDirectory: undefined,
    repositoryOf: () => undefined,
  });
  const methods = await authentication.prepare(config, (method, invalidate) =>
    plugins.createMethod(method, config, invalidate),
  );
  await methods.take();
  return { authentication, close: () => plugins.close() };
}
