import type { Identity, ProviderSession } from "@vexil/plugin-api";

/** A login that holds until it is ended. */
export interface Session {
  readonly id: string;
  readonly method: string;
  readonly provider: string | undefined;
  readonly identity: Identity;
  /** Facts that the end of the session needs. */
  readonly login: ProviderSession | undefined;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number;
}
