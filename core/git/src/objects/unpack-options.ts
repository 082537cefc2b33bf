import type { GitObject, Oid } from "@vexil/plugin-api";

/** Reads objects by id; what is missing is absent. */
export type ReadObjects = (oids: readonly Oid[]) => Promise<ReadonlyMap<Oid, GitObject>>;

export interface UnpackOptions {
  /** Reads the bases of a thin pack that the pack itself does not hold, one at a time. */
  readonly readBase: ReadObjects;
  /** Takes the objects, some at a time, commits last; what is large comes alone, and its memory is given away. */
  readonly store: (objects: readonly GitObject[]) => Promise<void>;
  /** Bytes of all objects together at most; each counts at least {@link OBJECT_BYTES}. */
  readonly maxBytes: number;
  /** Bytes of one object at most. */
  readonly maxObjectBytes: number;
  /** Called between objects; may wait, so that others get their turn. */
  readonly pause: () => Promise<void> | undefined;
}
