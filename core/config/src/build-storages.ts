import type { Secret } from "@vexil/plugin-api";
import type { BuildContext } from "./build-context.js";
import { buildCredential } from "./build-credential.js";
import type { CredentialConfig, StorageConfig } from "./config.js";
import { configError } from "./config-error.js";
import { splitRemote, sshRemote } from "./remote-url.js";
import type { SecretReader } from "./secret-reader.js";
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
    storages.set(id, await buildStorage(id, section, remote, named, context));
  }
  return { storages, credentials };
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
  const { remote, basic } = splitRemote(section.remote, key);
  const credential = named === undefined ? undefined : root.credentials[named];
  if (credential?.type === "ssh") return { remote: sshRemote(remote, credential.ssh?.user ?? "git"), named };
  if (basic === undefined) return { remote, named };
  if (named !== undefined) {
    context.warnings.push(`${key} holds a user, which is ignored: storage.${id}.credentials names a credential`);
    return { remote, named };
  }
  const own = `remote of ${id}`;
  return { remote, named: own, credential: { id: own, type: "basic", settings: basic } };
}

async function buildStorage(
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
    backend: buildBackend(section.backend, context),
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

/** A bundled backend gets only its own keys: a path given to memory is accepted, as in the compatible system. */
function buildBackend(section: StorageSection["backend"], context: BuildContext): StorageConfig["backend"] {
  const { type, path, saved_state_path: savedState, max_size: maxSize, ...others } = section;
  const settings: Record<string, unknown> = {};
  if (path !== undefined && type !== "memory") settings.path = context.resolvePath(path);
  if (savedState !== undefined && type !== "local") settings.saved_state_path = context.resolvePath(savedState);
  if (maxSize !== undefined && type !== "local") settings.max_size = maxSize;
  if (type === "") throw configError("storage: backend.type non-empty value is required");
  return { type, settings: { ...others, ...settings } };
}
