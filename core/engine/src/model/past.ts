import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { CommitInfo, Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";

/** How a revision was found. */
export interface RevisionOrigin {
  /**
   * It was named (`revision`), a daemon noted that it served it then (`served`), or it is the commit that the branch was
   * at by the dates of its commits (`commit-time`).
   */
  readonly kind: "revision" | "served" | "commit-time";
  /** When it was made, or began to be served: RFC 3339. */
  readonly time?: string;
  /** The daemon that served it. */
  readonly daemon?: string;
}

/** A commit that somebody has named. */
export interface NamedRevision {
  readonly revision: Oid;
  readonly at: RevisionOrigin;
}

/** History of an environment's branch, to be read beside everything else. */
export interface PastHistory {
  readonly info: EnvironmentInfo;
  /** The commit that is served. */
  readonly head: Oid;
  readonly repository: Repository;
  /** A commit, fetched from the remote where it is not stored yet; undefined where the known history ends. */
  commit(oid: Oid): Promise<CommitInfo | undefined>;
}

/** Past states of environments. Every promise rejects with VexilError only. */
export interface PastReader {
  /**
   * Finds the commit that an expression names: an id or how it begins, a tag, a branch, `HEAD`, steps back from any of
   * these (`main~3`, `v1^2`), or a time (RFC 3339). Only commits that the environment's branch reaches may be named.
   * @throws VexilError VEXIL_NOT_FOUND; VEXIL_VALIDATION_REQUEST
   */
  resolve(environment: string, expression: string, signal: AbortSignal): Promise<NamedRevision>;
  /**
   * The state that a daemon which is started on a commit would serve.
   * @param revision what {@link resolve} has found
   */
  snapshot(environment: string, revision: Oid, signal: AbortSignal): Promise<Snapshot>;
  /** Does something with an environment's history; its storage is not closed before that has ended. */
  read<T>(environment: string, signal: AbortSignal, work: (history: PastHistory) => Promise<T>): Promise<T>;
}
