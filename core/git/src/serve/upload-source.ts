import type { GitObject, Oid, RefName } from "@vexil/plugin-api";
import type { BoundedCache } from "../objects/bounded-cache.js";
import type { GraphCommit } from "./graph-commit.js";
import type { SharedAnswers } from "./shared-answers.js";

/** A repository as others may fetch it. */
export interface UploadSource {
  /** Full name of the branch that `HEAD` stands for; it need not exist. */
  readonly head: RefName;
  /** Refs that are told to anybody, in the order of their names. */
  readonly refs: ReadonlyMap<RefName, Oid>;
  /** Commits whose parents are not here. */
  readonly shallow: ReadonlySet<Oid>;
  /** Commits that were read before, for whoever asks next. */
  readonly commits: BoundedCache<Oid, GraphCommit>;
  /** Answers that hold while the refs, and the end of history, stay. */
  readonly answers: SharedAnswers;
  /** Reads objects; those that are not here are absent from the answer. */
  read(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, GitObject>>;
  /** As {@link read}, for files: what is left to a remote until somebody wants it is brought from there. */
  readFiles(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, GitObject>>;
  /** Files may be left to a remote. */
  readonly mayLackFiles: boolean;
  /** Objects that refs were at a short while ago: a client may have asked for the refs before they moved. */
  readonly recentTips: ReadonlySet<Oid>;
}
