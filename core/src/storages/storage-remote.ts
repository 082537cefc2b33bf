import type { StorageConfig } from "../config/config.js";
import type { Authenticator } from "../contract/authenticator.js";
import type { Logger } from "../contract/logger.js";
import { openRemote } from "../git/open-remote.js";
import type { Remote } from "../git/remote.js";

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
