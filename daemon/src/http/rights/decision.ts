import type { AccessRequest, Caller } from "@vexil/plugin-api";

/** A question as it is asked for a caller; whoever decides knows what a branch was made from. */
export type Question = Omit<AccessRequest, "base">;

/** Answer to a question. */
export interface Decision {
  readonly allowed: boolean;
  /** Milliseconds that it may be kept; undefined: until all is forgotten. */
  readonly keepMs: number | undefined;
}

/** Why decisions may be others: what callers may do has changed, or which environments there are. */
export type DecisionsChange = "rights" | "environments";

/** Answer where nothing could be decided: the next time it is asked for again. */
export const NO: Decision = { allowed: false, keepMs: 0 };

/** Never rejects: what cannot be decided is a no. */
export type Decide = (caller: Caller, question: Question) => Promise<Decision>;
