import type { Oid } from "@vexil/plugin-api";

/** A commit as walks through history need it. */
export interface GraphCommit {
  readonly oid: Oid;
  readonly tree: Oid;
  /** As it names them, whether they are here or not. */
  readonly parents: readonly Oid[];
  /** When it was made, in seconds since 1970. */
  readonly seconds: number;
}
