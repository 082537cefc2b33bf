import type { Caller, EndedSessions, PresentedCredential } from "@vexil/plugin-api";

/** An authenticated caller, as every process of the daemon knows it. */
export interface Principal extends Caller {
  /** As `/auth/v1/self` shows it: a token's name, a session's id, `""` where there is neither. */
  readonly id: string;
  readonly scheme: PresentedCredential["scheme"];
  /** Milliseconds since 1970 at which its session began; undefined: it has none. */
  readonly createdAt?: number | undefined;
  /** Provider at which its session began, and what the provider's logout names it by. */
  readonly provider?: string | undefined;
  readonly login?: EndedSessions | undefined;
}

/** Name of a caller in logs and commits: method and subject. */
export function actorOf({ method, identity }: Caller): string {
  return `${method}:${identity.subject}`;
}
