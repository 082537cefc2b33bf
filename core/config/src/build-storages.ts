import type { Secret } from "@vexil/plugin-api";
import type { BuildContext } from "./build-context.js";
import { buildCredential } from "./build-credential.js";
import { LAYOUTS } from "./bundled-layouts.js";
import { URL_CREDENTIAL } from "./bundled-plugins.js";
import type { CredentialConfig, JournalConfig, StorageConfig } from "./config.js";
import { configError } from "./config-error.js";
import { ownSettings, type PluginSection, settingsOf } from "./flipt-layout.js";
import { splitRemote } from "./remote-url.js";
import type { SecretReader } from "./secret-reader.js";
import { policyPlace } from "./sections/authorization.js";
import { CREDENTIAL_LAYOUTS } from "./sections/credentials.js";
import type { RootSection } from "./sections/root.js";
import { checkBranch, type StorageSection } from "./sections/storage.js";

/** Storages and credentials; a remote with user and password brings a credential of its own. */
export async function buildStorages(
  root: RootSection,
  context: BuildContext,
): Promise<{ storages: ReadonlyMap<string, StorageConfig>; credentials: ReadonlyMap<string, CredentialConfig> }> {
  const credentials = new Map<string, CredentialConfig>();
  for (const [id, section] of Object.entries(root.credentials)) {
    credentials.set(id, await buildCredential(id, section, context));
  }
  const storages = new Map<string, StorageConfig>();
  for (const [id, section] of Object.entries(root.storage)) {
    const { remote, credential, named } = buildRemote(id, section, root, context);
    if (credential !== undefined) credentials.set(credential.id, credential);
    checkBranch(id, section.branch);
    const journal = buildJournal(root, context);
    const built = { ...(await buildStorage(id, section, remote, named, context)), journal };
    const policies = policyPlace(root.authorization);
    storages.set(id, policies?.storage === id ? { ...built, policyFile: policies.path } : built);
  }
  return { storages, credentials };
}

export function buildJournal({ history }: RootSection, { resolvePath }: BuildContext): JournalConfig {
  const { enabled, path, size: bytes, retention: retentionMs } = history.journal;
  return { enabled, path: path ? resolvePath(path) : undefined, bytes, retentionMs };
}

interface BuiltRemote {
  readonly remote: string | undefined;
  readonly credential?: CredentialConfig;
  readonly named: string | undefined;
}

function buildRemote(id: string, section: StorageSection, root: RootSection, context: BuildContext): BuiltRemote {
  const named = section.credentials?.toLowerCase() || undefined;
  if (!section.remote) return { remote: undefined, named };
  const key = `storage.${id}.remote`;
  const { remote, login } = splitRemote(section.remote, key);
  const credential = named === undefined ? undefined : root.credentials[named];
  const layout = CREDENTIAL_LAYOUTS.get(credential?.type ?? "");
  if (credential !== undefined && layout?.addressOf !== undefined) {
    return { remote: addressed(remote, credential), named };
  }
  if (login === undefined) return { remote, named };
  if (named !== undefined) {
    context.warnings.push(`${key} holds a user, which is ignored: storage.${id}.credentials names a credential`);
    return { remote, named };
  }
  const own = `remote of ${id}`;
  return { remote, named: own, credential: { id: own, type: URL_CREDENTIAL, settings: login, path: key } };
}

export async function buildStorage(
  id: string,
  section: StorageSection,
  remote: string | undefined,
  credentials: string | undefined,
  context: BuildContext,
): Promise<StorageConfig> {
  const { signature, timeouts, limits, webhook } = section;
  const path = (given: string | undefined): string | undefined => (given ? context.resolvePath(given) : undefined);
  return {
    id,
    remote,
    branch: section.branch,
    backend: await buildBackend(id, section.backend, context),
    pollIntervalMs: section.poll_interval,
    fetchPolicy: section.fetch_policy,
    credentials,
    caCertPath: path(section.ca_cert_path),
    caCertBytes: section.ca_cert_bytes || undefined,
    insecureSkipTls: section.insecure_skip_tls,
    readOnly: section.read_only,
    timeouts: {
      connectMs: timeouts.connect,
      firstByteMs: timeouts.first_byte,
      idleMs: timeouts.idle,
      totalMs: timeouts.total,
      pushMs: timeouts.push,
    },
    limits: {
      packBytes: limits.pack_bytes,
      historyDepth: limits.history_depth,
      fileBytes: limits.file_bytes,
      files: limits.files,
      depth: limits.depth,
      aliases: limits.aliases,
    },
    signature: {
      name: signature.name,
      email: signature.email,
      enabled: signature.enabled,
      type: signature.type,
      keyPath: path(signature.key_path),
      key: await signingKey(id, signature, context.reader),
    },
    webhook:
      webhook?.type === undefined || webhook.secret === undefined
        ? undefined
        : { type: webhook.type, secret: webhook.secret, username: webhook.username },
  };
}

async function signingKey(
  id: string,
  { enabled, key_ref: reference }: StorageSection["signature"],
  reader: SecretReader,
): Promise<Secret | undefined> {
  if (!enabled || reference === undefined) return undefined;
  const { provider = "", path = "", key = "" } = reference;
  return await reader.readKey({ provider, path, key }, `storage.${id}.signature.key_ref`);
}

/** The remote's address with what its credential says of it. */
function addressed(remote: string, credential: PluginSection): string {
  const layout = CREDENTIAL_LAYOUTS.get(credential.type);
  try {
    return layout?.addressOf?.(remote, ownSettings(credential, layout)) ?? remote;
  } catch (error) {
    throw configError((error as Error).message, error);
  }
}

async function buildBackend(
  id: string,
  section: PluginSection,
  context: BuildContext,
): Promise<StorageConfig["backend"]> {
  const { type } = section;
  if (type === "") throw configError("storage: backend.type non-empty value is required");
  const settings = await settingsOf(section, LAYOUTS.backend.get(type), `storage.${id}.backend`, context);
  return { type, settings };
}
