/**
 * Something that happened, as plain JSON. Which one it is tells `kind`; kinds and members may be added.
 * @example if (event.kind === "change" && event.type === "flag") announce(event.key, event.before, event.after);
 */
export type SinkEvent = ChangeEvent | QuarantineEvent | GapEvent | StorageStateEvent;

/**
 * Members of every event.
 * @example { version: 1, id: "l7TLMhyLXM6qF_Hl4v96Sw", time: "2026-01-02T03:04:05.000Z", storage: "main" }
 */
export interface EventHead {
  /** Another one when a member is renamed, removed, or means something else. */
  readonly version: 1;
  /** 22 letters of base64url. The same event has the same id whenever, and by whichever daemon, it is told. */
  readonly id: string;
  /** RFC 3339: when the commit was made; of a storage's state, when it was noticed. */
  readonly time: string;
  readonly storage: string;
}

/**
 * How a state came to be: pushed, written by the API, put back by the API (`rollback`), or the branch was moved to a commit
 * that does not have the one before in its past (`rewritten`).
 */
export type EventOrigin = "push" | "api" | "rollback" | "rewritten";

/**
 * Members of events that git tells: one environment's state at a commit, and at what was served before it.
 * @example { environment: "production", revision, previous, origin: "api", actor: "token:ci", author, subject: "Switch it on" }
 */
export interface CommitEvent extends EventHead {
  readonly environment: string;
  /** The commit, 40 hex digits. */
  readonly revision: string;
  /** The commit it is compared with; undefined: there was none. */
  readonly previous?: string | undefined;
  readonly origin: EventOrigin;
  /** The caller whom a daemon's commit names, such as `token:ci`; else `git:` and the author, for whom git alone vouches. */
  readonly actor: string;
  readonly author: { readonly name: string; readonly email: string };
  /** First line of the commit's message. */
  readonly subject: string;
  /** Of a write by the API: the id of the HTTP request that asked for it, as log lines and its answer have it. */
  readonly request?: string | undefined;
  /** Of a write by the API: what the caller named it by in `X-Correlation-ID`, else as `request`. */
  readonly correlation?: string | undefined;
}

/**
 * A flag, segment or namespace is another one than before.
 * @example { kind: "change", namespace: "default", type: "flag", key: "banner", before: { enabled: false }, after: { enabled: true } }
 */
export interface ChangeEvent extends CommitEvent {
  readonly kind: "change";
  readonly namespace: string;
  readonly type: "flag" | "segment" | "namespace";
  readonly key: string;
  /** The whole of it, as JSON; undefined: it was not there. */
  readonly before?: unknown;
  /** The whole of it, as JSON; undefined: it is gone. */
  readonly after?: unknown;
}

/**
 * A faulty file keeps a namespace at an older state, or does not any more.
 * @example { kind: "quarantine", namespace: "ops", file: "ops/features.yaml", after: { reason: "flags.0.key: missing", line: 3 } }
 */
export interface QuarantineEvent extends CommitEvent {
  readonly kind: "quarantine";
  readonly namespace: string;
  /** Seen from the root of the repository. */
  readonly file: string;
  /** undefined: there was none. */
  readonly before?: EventFault | undefined;
  /** undefined: it is over. */
  readonly after?: EventFault | undefined;
}

/**
 * A fault of a file; `line` and `column` count from 1.
 * @example { reason: "flags.0.key: missing", line: 3, column: 5 }
 */
export interface EventFault {
  readonly reason: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/**
 * Changes between two commits of an environment cannot be told: take stock of it anew.
 * @example { kind: "gap", environment: "production", previous, revision, reason: "commit 3a30371a3fd8 is gone" }
 */
export interface GapEvent extends EventHead {
  readonly kind: "gap";
  readonly environment: string;
  /** The commit from which on all is told again. */
  readonly revision: string;
  /** The last commit of which all was told. */
  readonly previous?: string | undefined;
  readonly reason: string;
}

/** State of a storage, as `/api/status` has it, once it has served something. */
export type ServedState = "ready" | "stale" | "failed";

/**
 * A storage is in another state than before.
 * @example { kind: "storage", before: "ready", after: "failed", error: { code: "VEXIL_AUTH_REJECTED", message } }
 */
export interface StorageStateEvent extends EventHead {
  readonly kind: "storage";
  readonly before: ServedState;
  readonly after: ServedState;
  /** Why it is stale or failed. */
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}
