import type { Logger } from "./logger.js";

/**
 * A running git service at the other end of a byte stream, as Web Streams of bytes. Ending `stdin` half-closes; `stdout`
 * and `stderr` end with the service; a connection that is lost errors them.
 * @example { stdin, stdout, stderr, exit: once(child, "exit").then(([code]) => code ?? undefined), close: () => child.kill() }
 */
export interface Channel {
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** The exit status; undefined when the channel closed without one. */
  readonly exit: Promise<number | undefined>;
  /** Ends the channel at once. Idempotent. */
  close(): void;
}

/**
 * The request that headers are asked for, so that it can be signed.
 * @example
 * const signed = hmac(key, `${method}\n${path}\n${bodySha256}\n${time}`);
 */
export interface SignedRequest {
  readonly method: "GET" | "POST";
  /** Path and query, as they are sent. */
  readonly path: string;
  /** SHA-256 of the body, 64 hex digits; of nothing for a GET. */
  readonly bodySha256: string;
}

/**
 * The request that headers are wanted for.
 * @example { refresh: false, request: { method: "GET", path: "/flags.git/info/refs?service=git-upload-pack", bodySha256 } }
 */
export interface HeaderOptions {
  /** The last answer was refused; read the credential again. */
  readonly refresh: boolean;
  readonly request: SignedRequest;
}

/**
 * Brings headers for smart HTTP. A credential is only ever asked for the origin of the remote that names it. Each call has
 * 10 s.
 * @example
 * {
 *   type: "http",
 *   headers: async () => ({ Authorization: `Bearer ${settings.token.reveal()}` }),
 *   close: async () => {},
 * }
 */
export interface HttpAuthenticator {
  readonly type: "http";
  /**
   * @param origin scheme, host and port, such as `https://git.example.com:8443`
   * @param options asked anew for each request, so headers may sign it
   * @returns name → value; what an HTTP client can send, no line breaks
   * @throws VexilError `VEXIL_AUTH_FILE` (its file cannot be read), `VEXIL_AUTH_REJECTED`; it fails the poll or the write,
   * and the next one asks again
   */
  headers(origin: string, options: HeaderOptions, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** True if a further try with `refresh` could bring other headers (a credential that comes from a file). */
  readonly refreshable?: boolean;
  /** Idempotent; 5 s at most. */
  close(): Promise<void>;
}

/**
 * Reports of the host on a stream while it is opened.
 * @example options?.queued?.(turn)
 */
export interface OpenOptions {
  /**
   * Tells the host that the call waits for its turn among others of the same credential, until the promise settles. The
   * deadline for connecting stands still meanwhile; that of the whole operation does not.
   */
  readonly queued?: (until: Promise<void>) => void;
}

/**
 * Opens git services over a byte stream (ssh).
 * @example
 * { type: "stream", open: (remote, service, env, signal) => connection.run(`${service} '${path(remote)}'`, env, signal), close }
 */
export interface StreamAuthenticator {
  readonly type: "stream";
  /**
   * @param remote as the configuration names it, such as `ssh://git@example.com/flags.git`
   * @param env to be set for the service, such as `GIT_PROTOCOL`; where that cannot be done it is left out
   * @param signal ends the opening only; an open channel ends by its `close`
   * @throws VexilError of kind `connection` (the host backs off) or `auth` (somebody has to act)
   */
  open(
    remote: string,
    service: "git-upload-pack" | "git-receive-pack",
    env: Readonly<Record<string, string>>,
    signal: AbortSignal,
    options?: OpenOptions,
  ): Promise<Channel>;
  /** Ends all channels. Idempotent; 5 s at most. */
  close(): Promise<void>;
}

/**
 * Proof to a remote of who is asking: `type` tells which of the two it is.
 * @example async create(settings): Promise<Authenticator> { return { type: "http", headers, close }; }
 */
export type Authenticator = HttpAuthenticator | StreamAuthenticator;

/**
 * Facts from the host for making an authenticator. `signal` is aborted when `create` takes longer than
 * 10 s, and when the daemon stops meanwhile.
 * @example context.logger.log("debug", "vault.opened", "a credential was opened", { credential: context.credential.id })
 */
export interface AuthContext {
  readonly credential: { readonly id: string };
  /** Absolute path of the directory with the configuration file. */
  readonly configDirectory: string;
  readonly logger: Logger;
  /**
   * Registers a text that must not be seen in the plugin's log lines and errors; as for backends, also inside of
   * base64.
   */
  redact(secret: string): void;
  readonly signal: AbortSignal;
}
