import { randomBytes } from "node:crypto";
import {
  closeSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { VexilError } from "@vexil/core/plugin";
import { errnoOf } from "../disk/disk-error.js";
import type { Permissions } from "../disk/permissions.js";

/** How long a lock of somebody else is waited for. */
const WAIT_MS = 2000;

/** A lock file that this process holds. Its content becomes the file's when it is committed. */
export interface HeldLock {
  readonly path: string;
  readonly committed: boolean;
  /** Replaces what the lock holds so far, durably. */
  write(bytes: Uint8Array): Promise<void>;
  /** The lock becomes the file; at any time the file is the old one or the new one. */
  commit(): void;
  /** Gives the lock up unless it was committed. Idempotent. */
  release(): void;
}

/**
 * Git's lock files: `<file>.lock`, made by nobody else at the same time, renamed over the file. Each is a hard link to a
 * note in our own directory, so that after a crash a lock can be proved ours: others' locks are never deleted.
 */
export class GitLocks {
  readonly #base: string;
  readonly #notes: string;
  readonly #permissions: Permissions;

  /** @param gitDirectory notes lie below it, and name locks as seen from it */
  constructor(gitDirectory: string, permissions: Permissions) {
    this.#base = gitDirectory;
    this.#notes = join(gitDirectory, "vexil", "locks");
    this.#permissions = permissions;
  }

  /**
   * @param file what is locked; its directory exists
   * @param content what the file is to hold, if that is known already: it is synced before the lock is taken
   * @throws VexilError VEXIL_UNAVAILABLE_LOCKED after two seconds
   */
  async acquire(file: string, content?: Uint8Array): Promise<HeldLock> {
    this.#permissions.makeDirectory(this.#notes);
    const path = `${file}.lock`;
    const note = join(this.#notes, randomBytes(8).toString("hex"));
    writeFileSync(`${note}.path`, relative(this.#base, path));
    const forget = (): void => {
      rmSync(note, { force: true });
      rmSync(`${note}.path`, { force: true });
    };
    try {
      const fd = openSync(note, "wx", 0o666);
      this.#permissions.applyToFile(fd);
      closeSync(fd);
      if (content !== undefined) await fill(note, content);
      await take(note, path);
    } catch (error) {
      forget();
      throw error;
    }
    let held = true;
    let committed = false;
    return {
      path,
      get committed() {
        return committed;
      },
      write: (bytes) => fill(note, bytes),
      commit: () => {
        renameSync(path, file);
        held = false;
        committed = true;
        forget();
      },
      release: () => {
        if (!held) return;
        held = false;
        rmSync(path, { force: true });
        forget();
      },
    };
  }

  /** Removes the locks that an earlier process left when it was killed. */
  recover(): readonly string[] {
    const removed: string[] = [];
    for (const name of listNotes(this.#notes)) {
      const note = join(this.#notes, name);
      const path = readNote(`${note}.path`);
      const held = path === undefined ? undefined : resolve(this.#base, path);
      if (held !== undefined && isSameFile(note, held)) {
        rmSync(held, { force: true });
        removed.push(held);
      }
      rmSync(note, { force: true });
      rmSync(`${note}.path`, { force: true });
    }
    return removed;
  }
}

async function take(note: string, path: string): Promise<void> {
  const until = performance.now() + WAIT_MS;
  for (let pause = 5; ; pause = Math.min(pause * 1.5, 50)) {
    try {
      linkSync(note, path);
      return;
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
      if (performance.now() > until) {
        throw new VexilError(
          "VEXIL_UNAVAILABLE_LOCKED",
          `${path} is held by another program; if no git command is running, delete it`,
          { details: { step: "backend" }, cause: error },
        );
      }
    }
    await delay(pause * (0.5 + Math.random()));
  }
}

async function fill(note: string, bytes: Uint8Array): Promise<void> {
  const file = await open(note, "r+");
  try {
    await file.truncate(0);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

function listNotes(directory: string): readonly string[] {
  try {
    return [...new Set(readdirSync(directory).map((name) => name.replace(/\.path$/, "")))];
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

function readNote(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function isSameFile(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return first !== undefined && second !== undefined && first.ino === second.ino && first.dev === second.dev;
}
