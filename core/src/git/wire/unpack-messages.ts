import type { GitObject, GitObjectType, Oid } from "../../contract/backend.js";
import type { ErrorCode } from "../../errors/codes.js";

/** What goes to the unpacking thread: a pack in pieces, then the bases it asks for. */
export type ToThread =
  | { readonly type: "chunk"; readonly bytes: Uint8Array }
  | { readonly type: "end" }
  | { readonly type: "bases"; readonly bases: readonly GitObject[] };

/** What comes back: at most one question for bases, then objects in batches. */
export type FromThread =
  | { readonly type: "missing"; readonly oids: readonly Oid[] }
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
