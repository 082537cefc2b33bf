import type { Identity } from "./authentication.js";
import type { Logger } from "./logger.js";

/** Kinds of work that rights are given for. */
export const ACTIONS = ["evaluate", "read", "write", "branch", "rollback", "sync", "report", "admin"] as const;

/** One of {@link ACTIONS}. */
export type Action = (typeof ACTIONS)[number];

/**
 * The question whether somebody may do something. Without an environment or a namespace it is asked for all of them.
 * @example { action: "write", change: "delete", environment: "production", namespace: "team-a" }
 */
export interface AccessRequest {
  readonly action: Action;
  /** Change that `write` or `branch` is to make; undefined: any of them, or the action is another. */
  readonly change?: "create" | "update" | "delete" | undefined;
  /** Key of the environment that answers; that of a branch environment comes with its base. */
  readonly environment?: string | undefined;
  /** Key of the environment that a branch environment was made from. */
  readonly base?: string | undefined;
  readonly namespace?: string | undefined;
  /** Key of the branch environment that `branch` is to make of the environment. */
  readonly branch?: string | undefined;
}

/**
 * An authenticated caller.
 * @example { method: "token", identity: { subject: "ci-1", metadata: {}, claims: {} } }
 */
export interface Caller {
  /** `token`, `jwt`, `oidc`, `github`, `kubernetes`, `certificate`, or the name of another method. */
  readonly method: string;
  /** The one of the method's providers that the caller logged in at; each has users of its own. */
  readonly provider?: string | undefined;
  readonly identity: Identity;
}

/**
 * Names by which the configuration in force can know its callers.
 * @example { methods: ["token", "oidc"], providers: ["corporate"], tokens: ["ci-1"] }
 */
export interface ConfiguredCallers {
  readonly methods: readonly string[];
  /** Providers of all methods; undefined: a method may have others. */
  readonly providers: readonly string[] | undefined;
  /** Static tokens; undefined: a method may have others. */
  readonly tokens: readonly string[] | undefined;
}

/**
 * Decides who may do what. The host keeps decisions until {@link AuthorizationContext.invalidate} is called.
 * @example { decide: async ({ identity }, { action }) => action === "read" || identity.claims.admin === true, close: async () => {} }
 */
export interface Authorization {
  /** 5 s at most; what rejects or comes late is a no. */
  decide(caller: Caller, request: AccessRequest, signal: AbortSignal): Promise<boolean> | boolean;
  /** Says what of its settings fits no caller that there can be, in words for an operator. */
  unmatched?(callers: ConfiguredCallers): readonly string[];
  /** Milliseconds that a decision may be kept; undefined: until `invalidate`. */
  readonly keepMs?: number | undefined;
  /** Idempotent; 5 s at most. */
  close(): Promise<void>;
}

/**
 * Facts from the host for making an engine of rights.
 * @example async create(settings, { logger, invalidate }) { return openRights(settings, logger, invalidate); }
 */
export interface AuthorizationContext {
  readonly configDirectory: string;
  readonly logger: Logger;
  redact(secret: string): void;
  /** Tells that decisions may be others from now on; open streams are judged anew. */
  invalidate(): void;
  readonly signal: AbortSignal;
}
