import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The oldest that the units are written for (Debian 12). */
const OLDEST = 252;

/** Major version of the systemd installed here; of the oldest supported one where there is none. */
export async function systemdVersion(): Promise<number> {
  for (const command of ["systemctl", "systemd-analyze"]) {
    try {
      const { stdout } = await run(command, ["--version"], { timeout: 5000 });
      const version = /^systemd (\d+)/.exec(stdout)?.[1];
      if (version !== undefined) return Number(version);
    } catch {
      // Not installed: the next one, or the default.
    }
  }
  return OLDEST;
}
