import { randomBytes } from "node:crypto";
import { linkSync, lstatSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Logger, VexilError } from "@vexil/plugin-api";
import { z } from "zod";
import { errnoOf, isNoSpace } from "../disk/disk-error.js";
import { ifThere } from "../disk/if-there.js";
import type { Permissions } from "../disk/permissions.js";
import { isAlive, ownIdentity, type ProcessIdentity } from "./process-identity.js";

/** The holder renews its lock this often; who cannot see the holder's process watches for that. */
const RENEW_MS = 1000;
const WATCH_MS = 3500;

const identity = z.object({
  pid: z.int(),
  started: z.string().optional(),
  space: z.string(),
  host: z.string(),
});

interface Found {
  readonly holder: ProcessIdentity | undefined;
  readonly inode: bigint;
  readonly renewedAt: bigint;
}

/**
 * One daemon a directory. A lock whose process has ended is taken over; where that cannot be seen (another container,
 * another machine) once its holder has stopped renewing it. Where there is no space to write one, it is tried again
 * every second; until then the directory is only read.
 */
export class DirectoryLock {
  readonly #path: string;
  readonly #permissions: Permissions;
  readonly #logger: Logger;
  /** Whose lock was taken over. */
  readonly takenFrom: ProcessIdentity | undefined;
  /** Of the lock that is ours; undefined while there is no space for one. */
  #inode: bigint | undefined;
  readonly #timer: NodeJS.Timeout;

  private constructor(
    path: string,
    permissions: Permissions,
    logger: Logger,
    isHeld: boolean,
    takenFrom?: ProcessIdentity,
  ) {
    this.takenFrom = takenFrom;
    this.#path = path;
    this.#permissions = permissions;
    this.#logger = logger;
    if (isHeld) this.#inode = inodeOf(path);
    this.#timer = setInterval(() => this.#keep(), RENEW_MS).unref();
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_DIRECTORY_LOCKED within five seconds, naming the process that holds it */
  static async acquire(
    gitDirectory: string,
    permissions: Permissions,
    logger: Logger,
    signal: AbortSignal,
  ): Promise<DirectoryLock> {
    const path = join(gitDirectory, "vexil", "lock");
    let ended: ProcessIdentity | undefined;
    for (;;) {
      signal.throwIfAborted();
      const made = make(path, permissions);
      if (made === "made") return new DirectoryLock(path, permissions, logger, true, ended);
      const found = look(path);
      if (found === undefined && made === "exists") continue;
      if (found === undefined) {
        const message = "no space to lock the directory: reading it, rejecting writes until there is";
        logger.log("error", "directory-lock.refused", message, { path });
        return new DirectoryLock(path, permissions, logger, false);
      }
      const alive = found.holder === undefined ? undefined : isAlive(found.holder);
      if (alive === true || (alive === undefined && (await isRenewed(path, found, signal)))) {
        throw held(gitDirectory, found.holder);
      }
      if (remove(path, found)) {
        ended = found.holder;
        logger.log("info", "directory-lock.taken", "the lock of a daemon that has ended was taken over", {
          path,
          pid: found.holder?.pid,
        });
      }
    }
  }

  /** To be called before anything is written. @throws VexilError VEXIL_UNAVAILABLE_SPACE */
  require(): void {
    if (this.#inode !== undefined || this.#take()) return;
    throw new VexilError(
      "VEXIL_UNAVAILABLE_SPACE",
      `cannot lock ${this.#path}: there is no space left on the device; make room, then it goes on by itself`,
      { details: { step: "backend" } },
    );
  }

  release(): void {
    clearInterval(this.#timer);
    if (this.#isOurs()) rmSync(this.#path, { force: true });
  }

  #keep(): void {
    if (this.#inode === undefined) {
      try {
        this.#take();
      } catch {
        // The next write says what is in the way.
      }
    } else if (this.#isOurs()) {
      renew(this.#path);
    } else {
      clearInterval(this.#timer);
      const message = "the lock on the directory is gone: another daemon may be at work in it";
      this.#logger.log("error", "directory-lock.lost", message, { path: this.#path });
    }
  }

  #take(): boolean {
    if (make(this.#path, this.#permissions) !== "made") return false;
    this.#inode = inodeOf(this.#path);
    const message = "space is available again: the directory is locked and can be written";
    this.#logger.log("info", "directory-lock.made", message, { path: this.#path });
    return true;
  }

  #isOurs(): boolean {
    try {
      return this.#inode !== undefined && inodeOf(this.#path) === this.#inode;
    } catch {
      return false;
    }
  }
}

/** A lock of this process, unless there is one already. */
function make(path: string, permissions: Permissions): "made" | "exists" | "no space" {
  const own = `${path}.${process.pid}.${randomBytes(6).toString("hex")}`;
  try {
    permissions.makeDirectory(dirname(path), dirname(dirname(path)));
    writeFileSync(own, `${JSON.stringify(ownIdentity())}\n`, { flag: "wx" });
    return tryLink(own, path) ? "made" : "exists";
  } catch (error) {
    if (isNoSpace(error)) return "no space";
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function inodeOf(path: string): bigint {
  return lstatSync(path, { bigint: true }).ino;
}

function renew(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // The next turn finds out whether the lock is gone.
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}

function look(path: string): Found | undefined {
  return ifThere(() => {
    const text = readFileSync(path, "utf8");
    const { ino, mtimeNs } = lstatSync(path, { bigint: true });
    return { holder: parse(text), inode: ino, renewedAt: mtimeNs };
  });
}

function parse(text: string): ProcessIdentity | undefined {
  try {
    const { started, ...rest } = identity.parse(JSON.parse(text));
    return { ...rest, started };
  } catch {
    return undefined;
  }
}

async function isRenewed(path: string, found: Found, signal: AbortSignal): Promise<boolean> {
  for (const until = performance.now() + WATCH_MS; performance.now() < until; ) {
    await delay(200, undefined, { signal });
    const now = look(path);
    if (now === undefined) return false;
    if (now.inode !== found.inode || now.renewedAt !== found.renewedAt) return true;
  }
  return false;
}

/** Takes a stale lock away; one that came in its place meanwhile is put back. */
function remove(path: string, stale: Found): boolean {
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
  const taken = lstatSync(aside, { bigint: true }).ino;
  if (taken !== stale.inode) tryLink(aside, path);
  rmSync(aside, { force: true });
  return taken === stale.inode;
}

function held(directory: string, holder: ProcessIdentity | undefined): VexilError {
  const own = ownIdentity();
  const who =
    holder === undefined
      ? "another process"
      : holder.pid === own.pid && holder.started === own.started
        ? `another storage of this process (process ${holder.pid})`
        : `process ${holder.pid}${holder.host === own.host ? "" : ` on ${holder.host}`}`;
  return new VexilError(
    "VEXIL_UNAVAILABLE_DIRECTORY_LOCKED",
    `${directory} is in use by ${who}; stop it, or give this daemon a directory of its own`,
    { details: { step: "backend", pid: holder?.pid } },
  );
}
