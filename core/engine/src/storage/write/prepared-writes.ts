import type { WriteRequest } from "@vexil/flags/edit/change";
import type { GitObject, Oid } from "@vexil/plugin-api";
import type { VexilError } from "@vexil/plugin-api/errors";
import type { SyncEvent } from "../../model/events.js";
import type { ServedBranch } from "../state/branch-set.js";
import type { StateAhead } from "../state/environment-builder.js";
import type { FileTable } from "../state/known-heads.js";

/** One write on its way; what becomes of it is an event with its request's id. */
export interface PendingWrite {
  readonly request: WriteRequest;
  /** The branch its environment is on. */
  readonly branch: ServedBranch;
  /** The branch's known-heads sequence when the request arrived. */
  readonly arrived: number;
  /** By `Clock.elapsed()`. */
  readonly arrivedAt: number;
  /** Time that it has waited for a reload to open its storage. */
  readonly waitedMs?: number;
  /** The remote's head was fetched because the revision that the request names did not fit. */
  readonly caughtUp?: true;
}

/** A write of which there is no commit to make. */
export type Decided =
  /** It changes nothing of that state. */
  | { readonly type: "unchanged"; readonly write: PendingWrite; readonly revision: Oid }
  | { readonly type: "refused"; readonly write: PendingWrite; readonly error: VexilError };

/** A commit made for one write; stored, but on no branch yet. */
export interface PreparedCommit {
  readonly write: PendingWrite;
  readonly oid: Oid;
  readonly objects: readonly GitObject[];
  /** The branch's features files with it. */
  readonly files: FileTable;
  /** Files that the write was decided on, those of tests that it has to pass among them. */
  readonly subject: readonly string[];
  /** `create flag default/foo` */
  readonly summary: string;
}

/** A user's commits on their way to the remote: where that stands, and what it lacks below the group. */
export interface Ahead {
  readonly base: Oid;
  readonly objects: readonly GitObject[];
}

/** Commits on top of each other, ready to be pushed as one. */
export interface PreparedGroup {
  readonly branch: ServedBranch;
  readonly base: Oid;
  /** A user's commits that the remote lacks: the base lies on top of them, so they are pushed along. */
  readonly ahead?: Ahead;
  readonly commits: readonly PreparedCommit[];
  /** States that the last commit was checked by, by environment: to be served where nothing has come between. */
  readonly states: ReadonlyMap<string, StateAhead>;
  /** Writes that are answered without a commit. */
  readonly decided: readonly Decided[];
  /** Writes that name a revision which does not fit what is known here; the remote may know better. */
  readonly staleRevision: readonly PendingWrite[];
  /** Writes that fail on top of the group's commits: whether they do is known when those have landed, or have not. */
  readonly undecided: readonly PendingWrite[];
}

/** A group whose commits are on the branch, perhaps on top of others than they were prepared on. */
export interface FinishedGroup {
  /** false: the branch had moved, and nothing changed. */
  readonly done: boolean;
  readonly group: PreparedGroup;
  readonly events: readonly SyncEvent[];
}

/** Outcome of a push. */
export type PushOutcome =
  | { readonly type: "accepted" }
  /** Others moved the remote's branch first. Nothing was applied. */
  | { readonly type: "moved" }
  /** The remote refuses, in its own words. */
  | { readonly type: "refused"; readonly error: VexilError }
  /** The remote cannot be asked. */
  | { readonly type: "failed"; readonly error: VexilError };
