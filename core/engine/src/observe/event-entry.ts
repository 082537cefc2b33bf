import type { Level } from "@vexil/plugin-api";

/** One kind of line. */
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
