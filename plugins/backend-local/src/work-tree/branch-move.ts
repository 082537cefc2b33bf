import type { Oid, RefUpdate } from "@vexil/plugin-api";

/** An update of the checked-out branch, its new commit known. */
export type BranchMove = RefUpdate & { readonly new: Oid };
