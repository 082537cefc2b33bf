import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { Oid } from "@vexil/plugin-api";
import { concatMap, defer, finalize, type Observable, takeUntil } from "rxjs";
import { fromAbortable } from "../../operators/from-abortable.js";
import { whenAborted } from "../../operators/when-aborted.js";
import type { BranchSet, ServedBranch } from "./branch-set.js";
import type { EnvironmentBuilder } from "./environment-builder.js";
import { NO_EDITS } from "./environment-files.js";
import type { WorkTreeState } from "./work-tree-state.js";

/** Commits by short name of the branch. */
type Heads = ReadonlyMap<string, Oid>;

interface Wanted {
  readonly head: Oid;
  readonly branch: ServedBranch;
}

/**
 * Reads the files of states that are about to be built. That happens beside the lane, so that no write waits for files
 * that take long; while the state is built they are there already.
 */
export class ReadAhead {
  readonly #branches: BranchSet;
  readonly #builder: EnvironmentBuilder;
  readonly #workTree: WorkTreeState;

  constructor(branches: BranchSet, builder: EnvironmentBuilder, workTree: WorkTreeState) {
    this.#branches = branches;
    this.#builder = builder;
    this.#workTree = workTree;
  }

  /**
   * Does what builds states once their files are read. What is wrong with files is found by the build.
   * @param heads finds those that are built next, by short name; others are what is served now
   * @param closing nothing is begun any more, and what is being read is not waited for
   */
  before<T>(heads: () => Promise<Heads>, closing: AbortSignal, build: () => Observable<T>): Observable<T> {
    return defer(() => {
      const held: (() => void)[] = [];
      return fromAbortable((signal) => this.#read(heads, held, signal)).pipe(
        takeUntil(whenAborted(closing)),
        concatMap(() => defer(build)),
        finalize(() => {
          for (const letGo of held) letGo();
        }),
      );
    });
  }

  /** @param held gets what lets go of the files again */
  async #read(heads: () => Promise<Heads>, held: (() => void)[], signal: AbortSignal): Promise<void> {
    // A backend that fails here fails what was to be built, as it would there: it may not say so twice.
    for (const { head, branch } of this.#wanted(await heads())) {
      for (const info of branch.environments) {
        if (signal.aborted) return;
        const letGo = await this.#readOne(info, branch, head, signal).catch(() => undefined);
        // Nobody may be left who would do it.
        if (signal.aborted) letGo?.();
        else if (letGo !== undefined) held.push(letGo);
      }
    }
  }

  async #readOne(info: EnvironmentInfo, branch: ServedBranch, head: Oid, signal: AbortSignal): Promise<() => void> {
    const edits = head === branch.known.head ? this.#workTree.servedEdits(branch) : NO_EDITS;
    return this.#builder.readAhead(info, { head, edits }, signal);
  }

  /** Branches that are new are read as the storage's own is. */
  #wanted(heads: Heads): readonly Wanted[] {
    const { main } = this.#branches;
    const wanted: Wanted[] = [];
    for (const branch of this.#branches.all()) {
      const { head: served, isPartial } = branch.known;
      const head = heads.get(branch.name) ?? served;
      if (head !== undefined && (head !== served || isPartial)) wanted.push({ head, branch });
    }
    for (const [name, head] of heads) {
      if (this.#branches.get(name) === undefined) wanted.push({ head, branch: main });
    }
    return wanted;
  }
}
