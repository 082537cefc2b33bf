import type { CredentialConfig } from "@vexil/config/config";
import { currentValue, type Logger, Secret, secretFromFile } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";

/** Gives the headers that an upstream knows this daemon by. */
export type UpstreamCredential = (refresh: boolean) => Promise<Readonly<Record<string, string>>>;

/**
 * Headers of a credential: a token as `Bearer`, user and password as HTTP basic. What a file holds is read anew each time.
 * @throws VexilError VEXIL_AUTH_FILE when a file cannot be read, VEXIL_VALIDATION_CONFIG where the type is another
 */
export async function upstreamCredential(
  credential: CredentialConfig | undefined,
  logger: Logger,
): Promise<UpstreamCredential> {
  if (credential === undefined) return async () => ({});
  const { settings, type, id } = credential;
  if (type !== "access_token" && type !== "basic") {
    const message = `edge.credentials: "${id}" is of type ${type}; a daemon is asked by access_token or basic`;
    throw new VexilError("VEXIL_VALIDATION_CONFIG", message);
  }
  const isToken = type === "access_token";
  const secret = await secretOf(settings, isToken ? "access_token" : "password");
  if (secret === undefined) return async () => ({});
  return async (refresh) => {
    const value = await currentValue(secret, { refresh, logger });
    if (isToken) return { authorization: /^(?:Bearer|JWT) /.test(value) ? value : `Bearer ${value}` };
    return { authorization: `Basic ${Buffer.from(`${settings.username}:${value}`).toString("base64")}` };
  };
}

async function secretOf(settings: CredentialConfig["settings"], key: string): Promise<Secret | undefined> {
  const file = settings[`${key}_file`];
  if (typeof file === "string") return secretFromFile(file);
  const value = settings[key];
  return Secret.is(value) ? value : undefined;
}
