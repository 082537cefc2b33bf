/** A daemon that serves. Both reject with what stops the start although it serves already: a lenient storage whose first
 * try meets something that waiting does not cure. */
export interface Started {
  /** Resolves when the first try of each storage has ended. */
  readonly settled: Promise<void>;
  /** Resolves when each storage has a snapshot, or its first try has ended. */
  readonly firstSnapshots: Promise<void>;
}
