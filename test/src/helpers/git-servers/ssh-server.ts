import type { SshKey } from "./ssh-keys.js";

export interface SshServerOptions {
  /** One new ed25519 key when left out. */
  readonly hostKeys?: readonly SshKey[];
  /** Public keys that are let in. */
  readonly authorized: readonly string[];
  /** Sessions on one connection; sshd's own default. */
  readonly maxSessions?: number;
  /** True if clients may set GIT_PROTOCOL. */
  readonly acceptEnv?: boolean;
  /** Further lines of sshd's configuration (not for ssh2's server). */
  readonly config?: readonly string[];
}

/** A running server of one kind; the proxy before it belongs to all. */
export interface RunningSshServer {
  readonly port: number;
  /** Sessions started so far, and the most that ran at once. */
  sessions(): { readonly started: number; readonly most: number };
  stop(): Promise<void>;
}
