/** The longest timeout that may be set. A first load may take ten times as long, which timers have to be able to wait for. */
export const LONGEST_TIMEOUT_MS = 48 * 3_600_000;
