import type { Oid } from "@vexil/plugin-api";
import type { TestsMode } from "../cases/tests-mode.js";
import type { StateInput } from "./load-state.js";
import type { PastStates } from "./past-states.js";
import type { NamespaceSnapshot } from "./snapshot.js";

/** An environment at an older commit. */
export interface OlderState {
  readonly revision: Oid;
  readonly files: ReadonlyMap<string, Oid>;
}

/** Namespaces and files looked for in an environment's past. */
export interface Sought {
  /** Namespaces without a good state. */
  readonly namespaces: ReadonlySet<string>;
  /** Paths of faulty files, and of tests that fail: which namespaces each had when it was last good. */
  readonly files: ReadonlySet<string>;
  /** Paths of all files that may have to do with either. */
  readonly paths: ReadonlySet<string>;
  /** Tests files of the present, and the namespaces that each is for: that may not be seen in an older state. */
  readonly tests?: ReadonlyMap<string, readonly string[]>;
}

/**
 * How far a search of the past has come: to its end (`exhausted`), to the end of what is stored of it (`stored`), or as
 * far as there was time (`cut`), or to files that could not be read to their end for now (`unread`).
 */
export type LookProgress = "exhausted" | "stored" | "cut" | "unread";

/** States found there. */
export interface Past {
  readonly namespaces: ReadonlyMap<string, NamespaceSnapshot>;
  /** Path of a faulty file → the namespaces it had when it was last good. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  /** The oldest state that something was taken from. */
  readonly revision: Oid | undefined;
  readonly progress: LookProgress;
}

/** Past that is searched, and how its files are read. */
export interface WalkedPast {
  /**
   * Older states, newest first.
   * @param paths states in which all of these files are as in the one before may be left out
   * @returns at the end, whether there is no more of the past that counts: it may only be not stored
   */
  readonly older: (paths: ReadonlySet<string>) => AsyncIterator<OlderState, boolean>;
  readonly states: PastStates;
  /** `tests`: with `enforce`, namespaces whose tests fail in a state are not good there. */
  readonly options: Omit<StateInput, "files"> & { readonly tests?: TestsMode };
}
