import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { Oid } from "@vexil/plugin-api";
import { concatMap, defer, EMPTY, finalize, type Observable } from "rxjs";
import { fromAbortable } from "../../operators/from-abortable.js";
import type { BranchSet, ServedBranch } from "./branch-set.js";
import type { EnvironmentBuilder } from "./environment-builder.js";
import { type FilesReader, NO_EDITS } from "./environment-files.js";
import type { WorkTreeState } from "./work-tree-state.js";

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
  readonly #reader: FilesReader;
  readonly #builder: EnvironmentBuilder;
  readonly #workTree: WorkTreeState;

  /** @param reader its own, since it is used beside the lane */
  constructor(branches: BranchSet, reader: FilesReader, builder: EnvironmentBuilder, workTree: WorkTreeState) {
    this.#branches = branches;
    this.#reader = reader;
    this.#builder = builder;
    this.#workTree = workTree;
  }

  /** Tells whether anything that is served now was not read to its end. */
  get isDue(): boolean {
    return this.#branches.all().some(({ known }) => known.isPartial);
  }

  /**
   * Does what builds states once their files are read. What is wrong with them is found by the build.
   * @param heads that are built next, by short name; those served now where they are not named
   * @param closing nothing is begun any more
   */
  before<T>(heads: ReadonlyMap<string, Oid>, closing: AbortSignal, build: () => Observable<T>): Observable<T> {
    return fromAbortable((signal) => this.#read(heads, signal), closing).pipe(
      concatMap((done) => (closing.aborted ? EMPTY : defer(build)).pipe(finalize(done))),
    );
  }

  /** @returns lets go of the files again */
  async #read(heads: ReadonlyMap<string, Oid>, signal: AbortSignal): Promise<() => void> {
    const held: (() => void)[] = [];
    for (const { head, branch } of this.#wanted(heads)) {
      for (const info of branch.environments) {
        if (signal.aborted) break;
        await this.#readOne(info, branch, head, signal).then(
          (done) => held.push(done),
          () => undefined,
        );
      }
    }
    const done = (): void => {
      for (const one of held) one();
    };
    // Nobody may be left to call it.
    if (signal.aborted) done();
    return done;
  }

  async #readOne(info: EnvironmentInfo, branch: ServedBranch, head: Oid, signal: AbortSignal): Promise<() => void> {
    const edits = head === branch.known.head ? this.#workTree.servedEdits(branch) : NO_EDITS;
    const files = await this.#reader.list(info, head, edits);
    return this.#builder.ahead({ info, revision: head, files }, signal);
  }

  /** Branches that are new are read as the storage's own is. */
  #wanted(heads: ReadonlyMap<string, Oid>): readonly Wanted[] {
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
