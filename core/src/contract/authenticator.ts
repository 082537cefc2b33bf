import type { Logger } from "./logger.js";

/** A running git service at the other end of a byte stream. */
export interface Channel {
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** The exit status; undefined when the channel closed without one. */
  readonly exit: Promise<number | undefined>;
  /** Ends the channel at once. Idempotent. */
  close(): void;
}

/** Brings headers for smart HTTP. A credential is only ever asked for the origin of the remote that names it. */
export interface HttpAuthenticator {
  readonly type: "http";
  /**
   * @param origin scheme, host and port, such as `https://git.example.com:8443`
   * @param options `refresh`: the last answer was refused; read the credential again
   */
  headers(
    origin: string,
    options: { readonly refresh: boolean },
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>>>;
  /** Whether a further try with `refresh` could bring other headers (a credential that comes from a file). */
  readonly refreshable?: boolean;
  close(): Promise<void>;
}

export interface OpenOptions {
  /**
   * Tells the host that the call waits for its turn among others of the same credential, until the promise settles. The
   * deadline for connecting stands still meanwhile; that of the whole operation does not.
   */
  readonly queued?: (until: Promise<void>) => void;
}

/** Opens git services over a byte stream (ssh). */
export interface StreamAuthenticator {
  readonly type: "stream";
  /** @param signal ends the opening only; an open channel ends by its `close` */
  open(
    remote: string,
    service: "git-upload-pack" | "git-receive-pack",
    env: Readonly<Record<string, string>>,
    signal: AbortSignal,
    options?: OpenOptions,
  ): Promise<Channel>;
  close(): Promise<void>;
}

export type Authenticator = HttpAuthenticator | StreamAuthenticator;

/** What the host tells an auth plugin when it makes an authenticator. */
export interface AuthContext {
  readonly credential: { readonly id: string };
  readonly configDirectory: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}
