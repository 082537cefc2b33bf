import type { Secret } from "@vexil/plugin-api";
import { secretFromFile } from "@vexil/plugin-api";
import type { BuildContext } from "./build-context.js";
import type { CredentialConfig } from "./config.js";
import { configError } from "./config-error.js";
import { type CredentialSection, isKnownType } from "./sections/credentials.js";

/** Builds the settings that the credential's plugin gets: values from files are Secrets that read them again. */
export async function buildCredential(
  id: string,
  section: CredentialSection,
  context: BuildContext,
): Promise<CredentialConfig> {
  const type = section.type ?? "";
  return { id, type, settings: await settingsOf(id, type, section, context) };
}

async function settingsOf(
  id: string,
  type: string,
  section: CredentialSection,
  { resolvePath }: BuildContext,
): Promise<Readonly<Record<string, unknown>>> {
  if (type === "basic") {
    const { username = "", password, password_file: file } = section.basic ?? {};
    const key = `credentials.${id}.basic.password_file`;
    return defined({ username, password: file ? await readSecretFile(resolvePath(file), key) : password });
  }
  if (type === "access_token") {
    const { access_token: token, access_token_file: file } = section;
    const key = `credentials.${id}.access_token_file`;
    return defined({ access_token: file ? await readSecretFile(resolvePath(file), key) : token });
  }
  if (type === "ssh") {
    const { private_key_path: key, known_hosts_path: hosts, ...others } = section.ssh ?? { user: "git" };
    return defined({
      ...others,
      private_key_path: key ? resolvePath(key) : undefined,
      known_hosts_path: hosts ? resolvePath(hosts) : undefined,
    });
  }
  if (isKnownType(type)) return {};
  // A third party's: its settings stand beside `type`.
  const { type: _, ...settings } = section;
  return defined(settings);
}

function defined(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined && value !== ""));
}

async function readSecretFile(file: string, key: string): Promise<Secret> {
  try {
    return await secretFromFile(file);
  } catch (error) {
    throw configError(`${key}: ${(error as Error).message}`, error);
  }
}
