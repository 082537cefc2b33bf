import type { GitObject, GitObjectType, Oid } from "@vexil/plugin-api";
import type { ErrorCode } from "@vexil/plugin-api/errors";

/** Where an unpacking process finds a pack that is in a file. */
export const PACK_FD = 4;

/** The pack that a process is to take apart: in the file that it was given, or in the messages that follow. */
export interface UnpackJob {
  readonly place: { readonly type: "file" | "messages"; readonly size: number };
  readonly maxBytes: number;
  readonly maxObjectBytes: number;
}

/** Messages to the process: its job, the pack where that is in no file, and answers to its questions. */
export type ToProcess =
  | { readonly type: "job"; readonly job: UnpackJob }
  | { readonly type: "pack"; readonly bytes: Uint8Array }
  | { readonly type: "base"; readonly base: GitObject | undefined }
  /** The last objects were stored: more may come. */
  | { readonly type: "stored" };

/**
 * Messages from the process: questions for bases, one at a time, and objects, each lot after the one before was stored.
 */
export type FromProcess =
  | { readonly type: "missing"; readonly oid: Oid }
  | {
      readonly type: "objects";
      readonly oids: readonly Oid[];
      readonly types: readonly GitObjectType[];
      readonly sizes: readonly number[];
    }
  /** The contents of the objects that were announced last, one after the other, in pieces. */
  | { readonly type: "contents"; readonly bytes: Uint8Array }
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly code: ErrorCode; readonly message: string };

/** Contents travel in pieces: the allocator gives small ones back to the system, and keeps what was once large. */
export const PIECE_BYTES = 256 * 1024;
