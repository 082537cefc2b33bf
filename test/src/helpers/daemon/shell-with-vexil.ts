import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { GIT_ENV } from "../repositories/native-git.js";
import { VEXIL } from "./daemon.js";

/** A command that has ended. */
export interface Ended {
  readonly code: number;
  /** Its output and its messages. */
  readonly text: string;
}

export interface Shell {
  /** Home of its user. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Runs lines of bash until one fails. */
  shell(command: string, cwd?: string, more?: Readonly<Record<string, string>>): Promise<Ended>;
}

/** A new folder, and the shell in it, where `vexil` is on the path. */
export async function shellWithVexil(scope: Scope): Promise<Shell> {
  const folder = await temporaryDirectory(scope);
  const bin = join(folder, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "vexil"), `#!/bin/sh\nexec "${process.execPath}" "${VEXIL}" "$@"\n`, { mode: 0o755 });
  const env = { ...GIT_ENV, HOME: folder, PATH: `${bin}:${process.env.PATH}` };
  const shell: Shell["shell"] = (command, cwd = folder, more = {}) =>
    new Promise((resolve) => {
      const options = { cwd, env: { ...env, ...more }, timeout: 120_000 };
      execFile("bash", ["-e", "-c", command], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: stdout + stderr });
      });
    });
  return { folder, env, shell };
}
