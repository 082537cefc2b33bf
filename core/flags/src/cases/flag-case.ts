import type { Context } from "../evaluate/context.js";
import type { Reason } from "../evaluate/reason.js";
import type { Fault, JsonValue } from "../read/document.js";
import type { Position } from "../read/line-column.js";

/** One named case of a tests file: a question to a flag, and what the answer has to be. */
export interface FlagCase {
  readonly name: string;
  /** Undefined: the one namespace of the features files beside it that has the flag. */
  readonly namespace: string | undefined;
  readonly flag: string;
  /** Undefined where a share of all entities is expected. */
  readonly entity: string | undefined;
  readonly context: Context;
  readonly expect: Expectation;
  readonly place: Position;
}

/** Demands on an answer; what none is made of may be anything. */
export interface Expectation {
  readonly enabled?: boolean;
  /** `""`: none. */
  readonly variant?: string;
  /** `null`: none. */
  readonly attachment?: JsonValue;
  readonly reason?: Reason;
  /** Keys of the segments that matched, in any order. */
  readonly segments?: readonly string[];
  readonly share?: ShareExpectation;
}

/** How many of all entities get an answer, in percent. */
export interface ShareExpectation {
  readonly enabled?: boolean;
  readonly variant?: string;
  readonly from: number;
  readonly to: number;
}

/** Contents of one tests file; without cases if it has faults. */
export interface ReadCases {
  readonly cases: readonly FlagCase[];
  readonly faults: readonly Fault[];
  /** The file was not read to its end, for reasons that may pass. */
  readonly unread?: true;
}
