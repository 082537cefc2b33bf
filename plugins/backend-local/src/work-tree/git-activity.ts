import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Layout } from "../repository/layout.js";

/** Git writes the index, then moves HEAD or the branch: looking in between would show a state that never was. */
const QUIET_MS = 25;
/** The same just before the branch is moved: what git itself needs for that, and some more. */
const QUIET_LOCKED_MS = 10;
/**
 * The same where there is a stash: `git stash pop` writes the index several times, and takes back what is written in
 * between. A millisecond of waiting makes it less by half of one: beside somebody who never pauses writes are made, too.
 */
const QUIET_STASH_MS = 250;
/** Whoever has not asked for longer does not wait any more. */
const ASKED_MS = 3_000;
/** A command that holds the lock for longer, or was killed, is not waited for. */
const PATIENCE_MS = 500;
/** Waits in vain, one after the other, after which somebody is taken to work without a pause. */
const RESTLESS_AFTER = 3;
/** Where there are no pauses, one look is as good as another. */
const RESTLESS_MS = 30;
/** After that, what has been begun is taken for given up, or for waiting for a user. */
const BEGUN_MS = 250;

/** Tells whether a user's git command is at work in a work tree, and waits for it. */
export class GitActivity {
  readonly #index: string;
  readonly #headLock: string;
  readonly #message: string;
  readonly #log: string;
  readonly #stashLog: string;
  /** How often quiet was waited for in vain since it was met last. */
  #inVain = 0;
  /** A lock that was waited for in vain: likely its command is dead. */
  #given: string | undefined;
  /** The index as this process wrote it. */
  #own: string | undefined;
  /** When somebody began to wait in order to write, and asked last. */
  #asked: { readonly firstMs: number; readonly lastMs: number } | undefined;

  constructor({ gitDirectory, commonDirectory }: Pick<Layout, "gitDirectory" | "commonDirectory">) {
    this.#index = join(gitDirectory, "index");
    this.#headLock = join(gitDirectory, "HEAD.lock");
    this.#message = join(gitDirectory, "COMMIT_EDITMSG");
    this.#log = join(gitDirectory, "logs", "HEAD");
    this.#stashLog = join(commonDirectory, "logs", "refs", "stash");
  }

  /** @param patienceMs after that, it is looked at as it is; sooner while somebody works without a pause */
  async waitUntilQuiet(signal?: AbortSignal, patienceMs = PATIENCE_MS): Promise<void> {
    const restless = this.#inVain >= RESTLESS_AFTER;
    const until = performance.now() + (restless ? Math.min(patienceMs, RESTLESS_MS) : patienceMs);
    for (;;) {
      const lock = this.#lock();
      if (lock === undefined) this.#given = undefined;
      const busy = lock !== undefined && lock !== this.#given;
      if (!busy && this.#quietForMs() >= QUIET_MS && !this.#hasBegun) {
        this.#inVain = 0;
        return;
      }
      if (performance.now() > until) {
        this.#given = lock;
        this.#inVain = lock === undefined ? this.#inVain + 1 : 0;
        return;
      }
      await delay(5, undefined, { signal });
    }
  }

  /** To be asked while the index's lock is ours: whether no command has changed the index and may yet move HEAD. */
  get isQuiet(): boolean {
    return this.#isQuietFor(QUIET_LOCKED_MS);
  }

  /** The same before entries of the index are changed, which a command may hold in memory and write back. */
  get isQuietForEntries(): boolean {
    const mayBePopped = existsSync(this.#stashLog) && this.#own !== identityOf(this.#index);
    const waitedMs = this.#waitedMs();
    return this.#isQuietFor(mayBePopped ? Math.max(QUIET_LOCKED_MS, QUIET_STASH_MS - waitedMs / 2) : QUIET_LOCKED_MS);
  }

  /** To be called when the index was written here: that is no user's command. */
  written(): void {
    this.#own = identityOf(this.#index);
    this.#asked = undefined;
  }

  get busy(): boolean {
    const lock = this.#lock();
    return lock !== undefined && lock !== this.#given;
  }

  #isQuietFor(ms: number): boolean {
    return this.#quietForMs() >= ms && !this.#hasBegun && !existsSync(this.#headLock);
  }

  /** Beside somebody who commits without a pause an update is begun again and again: that counts as one wait. */
  #waitedMs(): number {
    const now = performance.now();
    const { firstMs, lastMs } = this.#asked ?? { firstMs: now, lastMs: now };
    this.#asked = { firstMs: now - lastMs > ASKED_MS ? now : firstMs, lastMs: now };
    return now - this.#asked.firstMs;
  }

  #lock(): string | undefined {
    return identityOf(`${this.#index}.lock`);
  }

  /**
   * A command that has left the first of its traces and not the last. `git commit` writes its message, then moves HEAD
   * and logs that; `git stash` keeps what there is, then resets index and files to what HEAD was when that began.
   */
  get #hasBegun(): boolean {
    return isPending(this.#message, this.#log) || isPending(this.#stashLog, this.#index);
  }

  #quietForMs(): number {
    const stat = statSync(this.#index, { throwIfNoEntry: false });
    return stat === undefined ? QUIET_MS : agoMs(stat.ctimeMs);
  }
}

function identityOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.ino} ${stat.ctimeNs}`;
}

/** The clock of the file system may be ahead of ours. */
function agoMs(ms: number): number {
  return Math.abs(Date.now() - ms);
}

function isPending(first: string, last: string): boolean {
  const begun = statSync(first, { throwIfNoEntry: false });
  if (begun === undefined || agoMs(begun.ctimeMs) > BEGUN_MS) return false;
  const done = statSync(last, { throwIfNoEntry: false });
  return done !== undefined && done.ctimeMs < begun.ctimeMs;
}
