import type { Authenticator } from "../contract/authenticator.js";
import type { Logger } from "../contract/logger.js";
import { displayUrl } from "./display-url.js";
import { GitRemote } from "./git-remote.js";
import { processTransport } from "./process-transport.js";
import type { Remote, RemoteTimeouts } from "./remote.js";
import type { Transport } from "./transport.js";

export interface RemoteTls {
  readonly caCertPath?: string | undefined;
  readonly caCertBytes?: string | undefined;
  readonly insecureSkipTls: boolean;
}

export interface RemoteOptions {
  readonly url: string;
  /** Id of the storage, for messages. */
  readonly storage: string;
  /** Id of the credential, for messages. */
  readonly credential: string | undefined;
  readonly authenticator?: Authenticator | undefined;
  readonly timeouts: RemoteTimeouts;
  /** Bytes of a received pack at most. */
  readonly packBytes: number;
  readonly tls: RemoteTls;
  readonly logger: Logger;
}

/** Opens a remote by its URL and credential. Nothing is sent before the first operation. */
export function openRemote(options: RemoteOptions): Remote {
  return new GitRemote({
    displayUrl: displayUrl(options.url),
    transport: chooseTransport(options),
    timeouts: options.timeouts,
    packBytes: options.packBytes,
  });
}

function chooseTransport(options: RemoteOptions): Transport {
  return processTransport(options.url);
}
