import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ifThere } from "../disk/if-there.js";
import { type GitLock, type GitLocks, lockedError } from "../locks/git-locks.js";
import { GitActivity } from "../work-tree/git-activity.js";
import { workTreeDirectories } from "./checked-out.js";

/** How long a user's command that may be checking the branch out is waited for. */
const WAIT_MS = 2000;
/** Until then somebody who changes the index without a pause is given way to. */
const COURTESY_MS = 3000;

interface Held {
  readonly gitDirectory: string;
  readonly lock: GitLock;
  readonly activity: GitActivity;
}

/**
 * Keeps users from checking a branch out while it moves. `git checkout` looks the branch's commit up, takes the index's
 * lock, brings files and index to that commit, and only then says in HEAD what is checked out: a branch that moves in
 * between would be checked out with index and files of its old commit, as if somebody had undone the new one.
 */
export class CheckoutBarrier {
  readonly #held: readonly Held[];

  private constructor(held: readonly Held[]) {
    this.#held = held;
  }

  /** Nothing is held yet. Whoever gets it calls `release` in the end. */
  static async ready(commonDirectory: string, bare: boolean, locks: GitLocks): Promise<CheckoutBarrier> {
    const held: Held[] = [];
    try {
      for (const gitDirectory of workTreeDirectories(commonDirectory, bare)) {
        const lock = await locks.ready(join(gitDirectory, "index"));
        held.push({ gitDirectory, lock, activity: new GitActivity({ gitDirectory, commonDirectory }) });
      }
      return new CheckoutBarrier(held);
    } catch (error) {
      for (const { lock } of held) lock.release();
      throw error;
    }
  }

  /**
   * Waits for a moment in which nobody checks anything out, and holds it.
   * @throws VexilError VEXIL_UNAVAILABLE_LOCKED after two seconds
   */
  async take(): Promise<void> {
    const began = performance.now();
    for (;;) {
      const waited = performance.now() - began;
      const courteous = waited < COURTESY_MS;
      if (!courteous || this.#isQuiet) {
        const other = this.#tryTake();
        // Whoever gave the lock up in this moment may have HEAD still to move.
        if (other === undefined && (!courteous || this.#isQuiet)) return;
        this.#giveBack();
        if (other !== undefined && waited > WAIT_MS) throw lockedError(other);
      }
      await delay(1 + Math.random() * 9);
    }
  }

  /** Gives the locks up. Idempotent. */
  release(): void {
    for (const { lock } of this.#held) lock.release();
  }

  get #isQuiet(): boolean {
    return this.#held.every(({ activity }) => activity.isQuiet);
  }

  /** @returns the lock that somebody else holds; ours are given back then */
  #tryTake(): string | undefined {
    for (const { gitDirectory, lock } of this.#held) {
      if (isTakenOrGone(lock) || isCommitUnderWay(gitDirectory)) continue;
      this.#giveBack();
      return lock.path;
    }
    return undefined;
  }

  #giveBack(): void {
    for (const { lock } of this.#held) lock.giveBack();
  }
}

/** A linked work tree may be removed at any time: nothing is checked out there any more. */
function isTakenOrGone(lock: GitLock): boolean {
  return ifThere(() => lock.tryTake()) ?? true;
}

/**
 * `git commit -a` holds the index's lock as long as its editor is open. It moves what is checked out, and checks nothing
 * out; its message is younger than its lock, and nobody else writes one meanwhile.
 */
function isCommitUnderWay(gitDirectory: string): boolean {
  const [message, lock] = ["COMMIT_EDITMSG", "index.lock"].map((name) =>
    statSync(join(gitDirectory, name), { bigint: true, throwIfNoEntry: false }),
  );
  return message !== undefined && lock !== undefined && message.mtimeNs > lock.mtimeNs;
}
