import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import { FaultyFiles } from "@vexil/flags/compile/faulty-files";
import { LookBack } from "@vexil/flags/compile/look-back";
import type { PastStates } from "@vexil/flags/compile/past-states";
import type { WalkedPast } from "@vexil/flags/compile/searched-past";
import type { Repository } from "@vexil/git/repository-view";
import { OlderStates, type PresentState } from "./older-states.js";

interface Search {
  readonly present: PresentState;
  readonly lookBack: LookBack;
}

/** Searches of the past of a storage's environments, each of which goes on from build to build of the same commit. */
export class PastSearches {
  readonly #repository: Repository;
  readonly #historyDepth: number;
  readonly #faulty = new FaultyFiles();
  readonly #searches = new Map<string, Search>();

  constructor(repository: Repository, historyDepth: number) {
    this.#repository = repository;
    this.#historyDepth = historyDepth;
  }

  /** The search of an environment's past, as seen from a state of it. */
  of(
    { key, branch, directory, tests = "off" }: EnvironmentInfo,
    present: PresentState,
    past: (faulty: FaultyFiles) => {
      readonly states: PastStates;
      readonly options: Omit<WalkedPast["options"], "directory">;
    },
  ): LookBack {
    const known = this.#searches.get(key);
    if (known?.present.commit === present.commit && known.present.isEdited === present.isEdited) return known.lookBack;
    const { states, options } = past(this.#faulty);
    const older = new OlderStates(this.#repository, { branch, directory }, this.#historyDepth);
    const lookBack = new LookBack({
      states,
      options: { ...options, directory, tests },
      older: (paths) => older.of(present, paths),
    });
    this.#searches.set(key, { present, lookBack });
    return lookBack;
  }

  /** Drops what is kept for an environment whose search has ended. */
  end(environment: string): void {
    this.#searches.delete(environment);
  }
}
