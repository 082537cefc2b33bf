import type { FlagPlaces } from "@vexil/flags/compile/flag-places";
import type { BooleanResult } from "@vexil/flags/evaluate/boolean";
import type { VariantResult } from "@vexil/flags/evaluate/variant";
import type { Explanation } from "@vexil/flags/explain/explanation";
import type { Oid } from "@vexil/plugin-api";
import type { HistoryChange } from "./engine.js";

/** Question since when a flag gives an entity what it gives. */
export interface BisectQuery {
  readonly environment: string;
  readonly namespace: string;
  readonly flag: string;
  readonly entityId: string;
  readonly context: Readonly<Record<string, string>>;
  /** Revision whose state counts as the oldest; undefined: the beginning of the history. */
  readonly from?: string | undefined;
  /** Revision to begin at; undefined: what is served. */
  readonly to?: string | undefined;
  /** A value (`true`, a variant's key): a change is from it to another or the other way; undefined: any change. */
  readonly expect?: string | undefined;
  /** Every change is wanted, not only the latest. */
  readonly all: boolean;
  /** Commits that change the flag or its segments are wanted as well where the answer stays the same. */
  readonly unchanged?: boolean;
  /** A change that a merge brought is looked for among the commits that were merged. */
  readonly fullHistory: boolean;
  /** Commits below `to` that another search has looked at, of one for all changes in the full history. */
  readonly skip?: number | undefined;
}

/** A flag's result for the entity at a commit; undefined: there is no such flag. */
export type FlagAnswer =
  | { readonly type: "boolean"; readonly result: BooleanResult }
  | { readonly type: "variant"; readonly result: VariantResult }
  | undefined;

/** How an answer came about, in the state of a commit. */
export interface ExplainedAnswer {
  readonly revision: Oid;
  readonly explanation: Explanation;
  readonly places: FlagPlaces;
}

/** A commit at which the answer changed, or what it is made of. */
export interface AnswerChange {
  readonly revision: Oid;
  readonly authorName: string;
  readonly authorEmail: string;
  readonly timestampMs: number;
  readonly message: string;
  readonly before: FlagAnswer;
  readonly after: FlagAnswer;
  readonly isAnswerChanged: boolean;
  /** undefined on the side that has no such flag, and where explanations are not wanted. */
  readonly explained: { readonly before?: ExplainedAnswer; readonly after?: ExplainedAnswer };
  /** Changes of the flag and its segments. */
  readonly items: readonly HistoryChange[];
}

/** Commits at which the answer changed, the newest first. */
export interface BisectResult {
  readonly changes: readonly AnswerChange[];
  /** Commits looked at. */
  readonly commits: number;
  /** States that the flag was evaluated in: those whose flag and segments differ. */
  readonly evaluated: number;
  /** All of the history was looked at that had to be; false: it is not known any further, or there was no time. */
  readonly complete: boolean;
  /** The flag is there in a state that was looked at. */
  readonly known: boolean;
  /** Where the search goes on with another one, as its `to`; undefined: there is nothing more, or it cannot go on. */
  readonly next?: Oid;
  /** The `skip` of the other one, where it needs it. */
  readonly skip?: number;
}

/** Told while it goes on. */
export type BisectProgress = (seen: Pick<BisectResult, "commits" | "evaluated">) => void;
