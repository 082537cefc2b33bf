import type { FlagPlace, FlagUsage } from "./usage-book.js";

/** Use of flags, as far as it is known. */
export interface UsageReader {
  readonly isCounting: boolean;
  /** Epoch milliseconds; what lies further back is not told. */
  readonly oldest: number;
  readonly now: number;
  /** Since the start some answers were not counted: there is a limit, for memory's sake. */
  readonly isFull: boolean;
  /** Collects what was counted in this process, and waits for what was kept. */
  settle(): Promise<void>;
  of(place: FlagPlace): FlagUsage | undefined;
}
