import { closeSync, existsSync, openSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Oid, RefName } from "@vexil/core/plugin";
import type { Permissions } from "../disk/permissions.js";
import type { GitConfig } from "../repository/git-config.js";

const ZERO = "0".repeat(40);
/** What git keeps a log of unless told otherwise (git-config(1), core.logAllRefUpdates). */
const LOGGED = ["refs/heads/", "refs/remotes/", "refs/notes/"];

export interface ReflogOptions {
  readonly config: GitConfig;
  readonly bare: boolean;
  readonly signature: { readonly name: string; readonly email: string };
  readonly permissions: Permissions;
}

/** Where refs pointed before, so that people can go back. */
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
      this.#options.permissions.makeDirectory(dirname(path));
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

function clean(text: string): string {
  return text.replace(/[<>\r\n\0]/g, "").trim();
}
