import type { Authenticator, Logger } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { displayUrl } from "../transport/display-url.js";
import { HttpTransport } from "../transport/http-transport.js";
import { processTransport } from "../transport/process-transport.js";
import { StreamTransport } from "../transport/stream-transport.js";
import type { Transport } from "../transport/transport.js";
import { splitCredential } from "../transport/url-credential.js";
import { GitRemote } from "./git-remote.js";
import type { Remote, RemoteTimeouts, RemoteTls } from "./remote.js";

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
  const { authenticator } = options;
  if (/^https?:/i.test(options.url)) {
    if (authenticator?.type === "stream") throw misfit(options, "is for ssh, but the remote is an HTTP URL");
    const split = splitCredential(options.url);
    return new HttpTransport({
      url: split.url,
      storage: options.storage,
      credential: options.credential,
      authenticator: authenticator ?? split.authenticator,
      tls: options.tls,
      connectMs: options.timeouts.connectMs,
    });
  }
  if (authenticator?.type === "stream") {
    return new StreamTransport((service, env, signal, opening) =>
      authenticator.open(options.url, service, env, signal, opening),
    );
  }
  if (!/^file:/i.test(options.url) && /^[^/]+:/.test(options.url)) {
    throw misfit(options, "is missing or does not fit: ssh remotes need a credential of type ssh");
  }
  return processTransport(options.url);
}

function misfit(options: RemoteOptions, what: string): VexilError {
  const credential = options.credential === undefined ? "its credential" : `its credential "${options.credential}"`;
  return new VexilError("VEXIL_VALIDATION_CONFIG", `storage.${options.storage}: ${credential} ${what}`);
}
