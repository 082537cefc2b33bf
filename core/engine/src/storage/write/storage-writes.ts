import type { Oid } from "@vexil/plugin-api";
import type { CloneFollower } from "../fetch/clone-follower.js";
import type { Ahead } from "./prepared-writes.js";
import type { PushTurns } from "./push-turns.js";
import type { WriteFinish } from "./write-finish.js";
import type { WritePreparation } from "./write-preparation.js";
import type { WriteTurns } from "./write-turns.js";

/** The steps of a storage's writes, and their order among daemons. */
export class StorageWrites {
  readonly preparation: WritePreparation;
  readonly finish: WriteFinish;
  readonly turns: WriteTurns;
  /** Order among this daemon's pushes. */
  readonly pushes: PushTurns;
  readonly #clone: CloneFollower | undefined;

  constructor(
    preparation: WritePreparation,
    finish: WriteFinish,
    turns: WriteTurns,
    pushes: PushTurns,
    clone: CloneFollower | undefined,
  ) {
    this.preparation = preparation;
    this.finish = finish;
    this.turns = turns;
    this.pushes = pushes;
    this.#clone = clone;
  }

  /** Finds the commits of a user below `commit` that the remote lacks. */
  async aheadOf(branch: string, commit: Oid): Promise<Ahead | undefined> {
    return this.#clone?.aheadOf(branch, commit);
  }
}
