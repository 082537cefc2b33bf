import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../helpers/daemon/daemon.js";
import type { FaultName } from "./tested-remote.js";

/** Hooks run for whoever moves a ref; these are meant for pushes alone, not for native git beside them. */
const ONLY_PUSHES = `tr '\\0' ' ' < /proc/$PPID/cmdline | grep -q receive-pack || exit 0`;
const END_THE_SERVER = "kill -TERM $PPID; exit 1";
const LOCK = "refs/heads/main.lock";

const HOOKS: Partial<Record<FaultName, { readonly hook: string; readonly script: string }>> = {
  // The branch is locked, and not moved yet.
  "cut before the push landed": {
    hook: "reference-transaction",
    script: `[ "$1" = prepared ] || exit 0\n${ONLY_PUSHES}\n${END_THE_SERVER}`,
  },
  // The branch has moved, and the report is not written yet.
  "cut after the push landed": {
    hook: "reference-transaction",
    script: `[ "$1" = committed ] || exit 0\n${ONLY_PUSHES}\n${END_THE_SERVER}`,
  },
  // It goes on once the fault is over, whether anybody still waits for it or not.
  "the push hangs": {
    hook: "pre-receive",
    script:
      ': > "hanging.$$"\ntries=0\nwhile [ -e hang ] && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done\nrm -f "hanging.$$"\nexit 0',
  },
};

/** Faults within the service that runs on the remote's side, by hooks and locks of its repository. */
export class ServerHooks {
  readonly #repository: string;

  constructor(repository: string) {
    this.#repository = repository;
  }

  /** false: this fault is none of the service's. */
  async fail(fault: FaultName): Promise<boolean> {
    const path = (name: string): string => join(this.#repository, name);
    if (fault === "the branch is locked") {
      await writeFile(path(LOCK), "", { flag: "wx" }).catch(() => {});
      return true;
    }
    const made = HOOKS[fault];
    if (made === undefined) return false;
    await mkdir(path("hooks"), { recursive: true });
    if (fault === "the push hangs") await writeFile(path("hang"), "");
    await writeFile(path(`hooks/${made.hook}`), `#!/bin/sh\n${made.script}\n`, { mode: 0o755 });
    return true;
  }

  async heal(fault: FaultName | undefined): Promise<void> {
    if (fault === "the branch is locked") await rm(join(this.#repository, LOCK), { force: true });
    for (const name of ["hang", "hooks/reference-transaction", "hooks/pre-receive"]) {
      await rm(join(this.#repository, name), { force: true });
    }
    if (fault !== "the push hangs") return;
    const hanging = async (): Promise<readonly string[]> =>
      (await readdir(this.#repository)).filter((name) => name.startsWith("hanging."));
    await eventually(hanging, (names) => names.length === 0);
  }
}
