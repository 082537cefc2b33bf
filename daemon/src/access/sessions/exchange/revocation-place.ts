import type { Revocation } from "../revocation.js";

/** A place where daemons that take each other's sessions tell each other which were ended. */
export interface RevocationPlace {
  /** Its name in log and status. */
  readonly name: string;
  /** Resolves once it can be spoken with; a signal that aborts ends the attempt. */
  connect(signal: AbortSignal): Promise<RevocationLine>;
}

/** A connection to such a place. Whatever fails there rejects, and is the end of the line. */
export interface RevocationLine {
  /** All that is kept there, or so much of it that the rest comes soon by `next`. */
  readAll(): Promise<readonly Revocation[]>;
  /** Waits for what has come since: none when there was none for a while; undefined where what was there is gone. */
  next(): Promise<readonly Revocation[] | undefined>;
  /** Resolves once others can know them. */
  publish(revocations: readonly Revocation[]): Promise<void>;
  /** Idempotent. What waits rejects. */
  close(): void;
}

/** State of the exchange with other daemons. */
export interface ExchangeState {
  readonly place: string;
  readonly isConnected: boolean;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Sessions that were ended here, and of which others do not know yet. */
  readonly untold: number;
  /** True: what was ended elsewhere was not heard of since this daemon's start, and older sessions are held back. */
  readonly isHolding: boolean;
  /** Why it is not connected. */
  readonly reason: string | undefined;
}
