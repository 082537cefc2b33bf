import type { StorageConfig } from "@vexil/config/config";
import { openRemote } from "@vexil/git/remote/open-remote";
import type { Remote } from "@vexil/git/remote/remote";
import type { Authenticator, Logger } from "@vexil/plugin-api";

/** Opens the remote of a storage as its settings say. Nothing is sent yet; undefined: it has none. */
export function openStorageRemote(
  storage: StorageConfig,
  authenticator: Authenticator | undefined,
  logger: Logger,
): Remote | undefined {
  if (storage.remote === undefined) return undefined;
  return openRemote({
    url: storage.remote,
    storage: storage.id,
    credential: storage.credentials,
    ...(authenticator === undefined ? {} : { authenticator }),
    timeouts: storage.timeouts,
    packBytes: storage.limits.packBytes,
    tls: {
      caCertPath: storage.caCertPath,
      caCertBytes: storage.caCertBytes,
      insecureSkipTls: storage.insecureSkipTls,
    },
    logger,
  });
}
