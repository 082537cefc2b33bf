import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsync as fsyncCallback,
  ftruncateSync,
  futimesSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join, relative, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { VexilError } from "@vexil/plugin-api";
import { errnoOf } from "../disk/disk-error.js";
import { ifThere } from "../disk/if-there.js";
import type { Permissions } from "../disk/permissions.js";
import { reportHold } from "./lock-holds.js";

const fsync = promisify(fsyncCallback);

/** How long a lock of somebody else is waited for. */
const WAIT_MS = 2000;

/**
 * A lock that is ready to be taken: whatever takes time was done before. Its content becomes the file's when it is
 * committed. Taking, rewriting and committing await nothing, so that others meet the lock for as short as can be.
 */
export interface GitLock {
  /** Where the lock lies while it is held. */
  readonly path: string;
  readonly committed: boolean;
  /** False when somebody else has it. */
  tryTake(): boolean;
  /** @throws VexilError VEXIL_UNAVAILABLE_LOCKED after two seconds */
  take(): Promise<void>;
  /** Replaces its content, not durably before `sync`. */
  rewrite(bytes: Uint8Array, modified?: Date): void;
  /** Makes its content durable. */
  sync(): Promise<void>;
  /** The lock becomes the file; at any time the file is the old one or the new one. */
  commit(): void;
  /** Gives a held lock up; it stays ready to be taken again. */
  giveBack(): void;
  /** Gives the lock up unless it was committed. To be called in any case; idempotent. */
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
   * Makes a lock ready; nobody else notices yet.
   * @param file what is to be locked
   * @param content what the file is to hold, if that is known already: it is durable when this resolves
   */
  async ready(file: string, content?: Uint8Array): Promise<GitLock> {
    this.#permissions.makeDirectory(this.#notes, this.#base);
    const note = join(this.#notes, randomBytes(8).toString("hex"));
    writeFileSync(`${note}.path`, relative(this.#base, `${file}.lock`));
    try {
      const fd = openSync(note, "wx+", 0o666);
      const lock = new NotedLock(file, note, fd);
      try {
        this.#permissions.applyToFile(fd);
        if (content !== undefined) {
          lock.rewrite(content);
          await lock.sync();
        }
        return lock;
      } catch (error) {
        lock.release();
        throw error;
      }
    } catch (error) {
      rmSync(`${note}.path`, { force: true });
      throw error;
    }
  }

  /**
   * Makes a lock ready and takes it.
   * @throws VexilError VEXIL_UNAVAILABLE_LOCKED after two seconds
   */
  async acquire(file: string, content?: Uint8Array): Promise<GitLock> {
    const lock = await this.ready(file, content);
    try {
      await lock.take();
      return lock;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Removes the locks that an earlier process left when it was killed. */
  recover(): readonly string[] {
    const removed: string[] = [];
    for (const name of listNotes(this.#notes)) {
      const note = join(this.#notes, name);
      const path = ifThere(() => readFileSync(`${note}.path`, "utf8"));
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

class NotedLock implements GitLock {
  readonly path: string;
  readonly #file: string;
  readonly #note: string;
  readonly #fd: number;
  #state: "ready" | "held" | "committed" | "released" = "ready";
  #committed = false;
  #takenAt = 0;

  constructor(file: string, note: string, fd: number) {
    this.#file = file;
    this.path = `${file}.lock`;
    this.#note = note;
    this.#fd = fd;
  }

  get committed(): boolean {
    return this.#committed;
  }

  tryTake(): boolean {
    try {
      linkSync(this.#note, this.path);
    } catch (error) {
      if (errnoOf(error) === "EEXIST") return false;
      throw error;
    }
    this.#takenAt = performance.now();
    this.#state = "held";
    return true;
  }

  async take(): Promise<void> {
    const until = performance.now() + WAIT_MS;
    for (let pause = 5; !this.tryTake(); pause = Math.min(pause * 1.5, 50)) {
      if (performance.now() > until) {
        throw lockedError(this.path);
      }
      await delay(pause * (0.5 + Math.random()));
    }
  }

  rewrite(bytes: Uint8Array, modified?: Date): void {
    for (let at = 0; at < bytes.byteLength; ) at += writeSync(this.#fd, bytes, at, bytes.byteLength - at, at);
    ftruncateSync(this.#fd, bytes.byteLength);
    if (modified !== undefined) futimesSync(this.#fd, modified, modified);
  }

  sync(): Promise<void> {
    return fsync(this.#fd);
  }

  commit(): void {
    renameSync(this.path, this.#file);
    this.#state = "committed";
    this.#committed = true;
    reportHold(this.path, performance.now() - this.#takenAt);
  }

  giveBack(): void {
    if (this.#state !== "held") return;
    rmSync(this.path, { force: true });
    this.#state = "ready";
    reportHold(this.path, performance.now() - this.#takenAt);
  }

  release(): void {
    if (this.#state === "released") return;
    this.giveBack();
    this.#state = "released";
    rmSync(this.#note, { force: true });
    rmSync(`${this.#note}.path`, { force: true });
    closeSync(this.#fd);
  }
}

export function lockedError(path: string): VexilError {
  return new VexilError(
    "VEXIL_UNAVAILABLE_LOCKED",
    `${path} is held by another program; if no git command is running, delete it`,
    { details: { step: "backend" } },
  );
}

function listNotes(directory: string): readonly string[] {
  const names = ifThere(() => readdirSync(directory)) ?? [];
  return [...new Set(names.map((name) => name.replace(/\.path$/, "")))];
}

function isSameFile(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return first !== undefined && second !== undefined && first.ino === second.ino && first.dev === second.dev;
}
