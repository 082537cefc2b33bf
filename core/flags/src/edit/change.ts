import type { Oid } from "@vexil/plugin-api";
import type { ErrorCode } from "@vexil/plugin-api/errors";
import type { Snapshot } from "../compile/snapshot.js";
import type { BuildResult } from "../compile/snapshot-builder.js";
import type { Flag, ParsedFile, Segment } from "../read/document.js";

export type ItemType = "flag" | "segment";

/** `put` makes what is not there, and replaces what is. */
export type PutMode = "create" | "update" | "put";

/** One change of one environment, as HTTP asks for it. */
export type Change =
  | ItemChange
  /** All of them in this order, or none. */
  | { readonly type: "several"; readonly changes: readonly ItemChange[] }
  /**
   * Puts a resource, a namespace or (without one) all features files of the environment back to what they were at the
   * revision `to`, an id or how one begins.
   */
  | {
      readonly type: "rollback";
      readonly namespace?: string;
      readonly resource?: { readonly type: "flag" | "segment"; readonly key: string };
      readonly to: string;
    };

/** A change of one namespace, flag or segment. */
export type ItemChange =
  | {
      readonly type: "put-namespace";
      readonly mode: PutMode;
      readonly key: string;
      readonly name: string | undefined;
      readonly description: string | undefined;
    }
  | { readonly type: "delete-namespace"; readonly key: string }
  | {
      readonly type: "put-flag";
      readonly mode: PutMode;
      readonly namespace: string;
      readonly key: string;
      readonly flag: Flag;
      /** Reason why no file could say what the request says; with it the flag is refused once it would be put. */
      readonly invalid?: string;
    }
  | {
      readonly type: "put-segment";
      readonly mode: PutMode;
      readonly namespace: string;
      readonly key: string;
      readonly segment: Segment;
      /** As with a flag. */
      readonly invalid?: string;
    }
  | { readonly type: "delete-flag" | "delete-segment"; readonly namespace: string; readonly key: string };

/** Key of the namespace that a change is about. */
export const namespaceOf = (change: ItemChange): string =>
  change.type === "put-namespace" || change.type === "delete-namespace" ? change.key : change.namespace;

/** Keys of the namespaces that a change is about; undefined: all of them. */
export function namespacesOf(change: Change): ReadonlySet<string> | undefined {
  if (change.type === "several") return new Set(change.changes.map(namespaceOf));
  if (change.type !== "rollback") return new Set([namespaceOf(change)]);
  return change.namespace === undefined ? undefined : new Set([change.namespace]);
}

/** The state a change is applied to: one environment's files at one commit. */
export interface FilesView {
  readonly revision: Oid;
  /** `""` or the environment's directory, without slashes at its ends. */
  readonly directory: string;
  readonly snapshot: Snapshot;
  /** Bytes of a file, path relative to the repository root; undefined when absent. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** A file of the environment, parsed, with its layout unless it has faults; undefined when absent. */
  parse(path: string): Promise<ParsedFile | undefined>;
  /**
   * The same environment at an older revision (rollback); undefined when unknown.
   * @param revision its id, or how that begins
   */
  at(revision: string): Promise<FilesView | undefined>;
}

/**
 * Builds what an environment would serve with these files changed (path → content, undefined deletes); stores nothing.
 * @param parsed what changed files parse to, where the edit knows: they are not parsed anew (`SnapshotBuilder.adopt`)
 */
export type BuildChanges = (
  changes: ReadonlyMap<string, Uint8Array | undefined>,
  parsed?: ReadonlyMap<string, ParsedFile>,
) => Promise<BuildResult>;

/**
 * Effect of a change on files. No entry: nothing to change (the commit is then empty; of a rollback or of several
 * changes there is none).
 */
export interface AppliedChange {
  /** Path relative to the repository root → new content; undefined deletes. */
  readonly files: ReadonlyMap<string, Uint8Array | undefined>;
  /** Files whose state the change was decided on: the conflict rule looks at these. */
  readonly subject: readonly string[];
  /** The things that were done, as `create flag default/foo` tells: of several changes those that made a difference. */
  readonly summaries: readonly ChangeSummary[];
  /** The state with `files` applied, its `revision` still that of the view; undefined when nothing changes. */
  readonly build: BuildResult | undefined;
  /** Files that enforced tests were passed with: what comes of them with others beside is not known. */
  readonly tested: readonly string[];
}

export interface ChangeSummary {
  readonly verb: "create" | "update" | "delete";
  /** The revision of which the state came back, where that is what the change does. */
  readonly rolledBackTo?: Oid;
  readonly type: "environment" | "namespace" | "flag" | "segment";
  /** `""` of an environment, whose key is `key`. */
  readonly namespace: string;
  readonly key: string;
}

/** Whoever asks for a change. */
export interface Actor {
  /** `<method>:<token name or subject>` */
  readonly id: string;
  /** Name and address as the method knows them: nothing is said of what they hold. */
  readonly name: string | undefined;
  readonly email: string | undefined;
}

/** One write as the pipeline takes it. */
export interface WriteRequest {
  readonly id: string;
  readonly environment: string;
  readonly change: Change;
  /** The revision the client named, if the check applies, 40 lower-case hex digits. */
  readonly revision: Oid | undefined;
  readonly actor: Actor | undefined;
  /** The commit's message without trailers; undefined: the template's. */
  readonly message?: string | undefined;
  readonly correlationId: string | undefined;
  /** The HTTP request that asks for it. */
  readonly requestId?: string | undefined;
}

/** The answer of a write that was acknowledged. */
export interface WriteResult {
  readonly revision: Oid;
}

/** Codes a write may fail with, for the HTTP layer's mapping. */
export type WriteFailureCode = ErrorCode;
