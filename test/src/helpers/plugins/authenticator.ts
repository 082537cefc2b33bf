import type { Authenticator, AuthPlugin, LogFields, Logger, SchemaIssue } from "@vexil/plugin-api";

export interface LogLine extends LogFields {
  readonly level: string;
  readonly event: string;
  readonly message: string;
}

/** A logger that keeps its lines. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const make = (bound: LogFields): Logger => ({
    log: (level, event, message, fields) => lines.push({ ...bound, ...fields, level, event, message }),
    child: (fields) => make({ ...bound, ...fields }),
  });
  return { logger: make({}), lines };
}

/** Issues of a plugin's schema with settings; empty: they are fine. */
export async function settingsIssues<S>(plugin: AuthPlugin<S>, settings: unknown): Promise<readonly SchemaIssue[]> {
  return (await plugin.schema["~standard"].validate(settings)).issues ?? [];
}

/** Validates settings by the plugin's schema and makes its authenticator, as the host does. */
export async function createAuthenticator<S>(
  plugin: AuthPlugin<S>,
  settings: unknown,
  logger: Logger = recordingLogger().logger,
): Promise<Authenticator> {
  const result = await plugin.schema["~standard"].validate(settings);
  if (result.issues !== undefined) throw new Error(result.issues.map((issue) => issue.message).join("; "));
  return plugin.create(result.value, {
    credential: { id: "git" },
    configDirectory: process.cwd(),
    logger,
    redact: () => {},
    signal: AbortSignal.timeout(10_000),
  });
}
