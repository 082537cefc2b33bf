import type { Level } from "./logger.js";

/**
 * One kind of line in the log, as catalogues of events describe it. A bundled plugin's catalogue is its file `events.ts`.
 * @example { level: "info", message: "connected", meaning: "A connection was made.", fields: ["host"] }
 */
export interface EventEntry {
  /** The level it usually has; `alsoAt` are those it has in other cases. */
  readonly level: Level;
  readonly alsoAt?: readonly Level[];
  /** The constant text of the line. */
  readonly message: string;
  /** Its meaning, in one sentence. */
  readonly meaning: string;
  /** The fields that it may carry besides time, level, event and message. */
  readonly fields: readonly string[];
}
