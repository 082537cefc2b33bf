import type { GitObject, GitObjectType, Oid } from "@vexil/plugin-api";
import type { ErrorCode } from "@vexil/plugin-api/errors";
import type { PackPlace } from "./pack-source.js";

/** First message to an unpacking thread. */
export interface UnpackJob {
  readonly place: PackPlace;
  readonly maxBytes: number;
  readonly maxObjectBytes: number;
}

/** Messages to the thread: the answers to its questions. */
export type ToThread =
  | { readonly type: "base"; readonly base: GitObject | undefined }
  /** The last objects were stored: more may come. */
  | { readonly type: "stored" };

/**
 * Messages from the thread: questions for bases, one at a time, and objects, each lot after the one before was stored.
 */
export type FromThread =
  | { readonly type: "missing"; readonly oid: Oid }
  | {
      readonly type: "objects";
      readonly oids: readonly Oid[];
      readonly types: readonly GitObjectType[];
      readonly sizes: readonly number[];
      /** The objects' contents, one after the other. */
      readonly bytes: Uint8Array;
    }
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly code: ErrorCode; readonly message: string };
