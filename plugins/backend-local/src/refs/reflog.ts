import { closeSync, existsSync, fstatSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Oid, RefName } from "@vexil/plugin-api";
import { ifThere } from "../disk/if-there.js";
import type { Permissions } from "../disk/permissions.js";
import type { GitConfig } from "../repository/git-config.js";

const ZERO = "0".repeat(40);
/** Refs that git keeps a log of unless told otherwise (git-config(1), core.logAllRefUpdates). */
const LOGGED = ["refs/heads/", "refs/remotes/", "refs/notes/"];

const RECENT_BYTES = 2 ** 14;

export interface ReflogOptions {
  readonly config: GitConfig;
  readonly bare: boolean;
  readonly signature: { readonly name: string; readonly email: string };
  readonly permissions: Permissions;
}

export interface ReflogEntry {
  readonly old: Oid;
  readonly new: Oid;
  readonly reason: string;
}

/** Where refs pointed before, so that users can go back. */
export class Reflog {
  readonly #options: ReflogOptions;

  constructor(options: ReflogOptions) {
    this.#options = options;
  }

  /** @param directory the common one; a work tree's own for `HEAD` */
  append(directory: string, ref: RefName, old: Oid | undefined, next: Oid, reason: string): void {
    const path = join(directory, "logs", ref);
    if (!existsSync(path)) {
      if (!this.#starts(ref)) return;
      this.#options.permissions.makeDirectory(dirname(path), directory);
    }
    const { name, email } = this.#options.signature;
    const who = `${clean(name)} <${clean(email)}> ${Math.floor(Date.now() / 1000)} +0000`;
    const fd = openSync(path, "a", 0o666);
    try {
      this.#options.permissions.applyToFile(fd);
      writeSync(fd, `${old ?? ZERO} ${next} ${who}\t${reason.replace(/\s+/g, " ").trim()}\n`);
    } finally {
      closeSync(fd);
    }
  }

  /** The newest entries, the newest first; none where no log is kept. */
  recent(directory: string, ref: RefName): readonly ReflogEntry[] {
    return lastLines(join(directory, "logs", ref)).flatMap((line) => {
      const [, old, next, reason] = /^([0-9a-f]{40}) ([0-9a-f]{40}) [^\t]*\t?(.*)$/.exec(line) ?? [];
      return old === undefined || next === undefined ? [] : [{ old, new: next, reason: reason ?? "" }];
    });
  }

  /** A deleted ref's log goes with it, as git has it. */
  remove(directory: string, ref: RefName): void {
    rmSync(join(directory, "logs", ref), { force: true });
  }

  #starts(ref: RefName): boolean {
    const { config, bare } = this.#options;
    if (config.get("core.logallrefupdates")?.toLowerCase() === "always") return true;
    const wanted = config.flag("core.logallrefupdates") ?? !bare;
    return wanted && (ref === "HEAD" || LOGGED.some((prefix) => ref.startsWith(prefix)));
  }
}

function lastLines(path: string): readonly string[] {
  const fd = ifThere(() => openSync(path, "r"));
  if (fd === undefined) return [];
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, RECENT_BYTES));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString("utf8").trimEnd().split("\n").reverse();
  } finally {
    closeSync(fd);
  }
}

function clean(text: string): string {
  return text.replace(/[<>\r\n\0]/g, "").trim();
}
