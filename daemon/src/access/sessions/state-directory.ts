import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { VexilError } from "@vexil/plugin-api/errors";

const KEY_BYTES = 32;
const KEY_FILE = "session.key";

/** Directory for what is kept of sessions. */
export interface StateDirectory {
  readonly path: string;
  /** False where nothing that is made here may last: no key, and so no session. One of the configuration's lasts. */
  readonly isDurable: boolean;
}

/** Name of the file with the sessions that were ended. */
export const REVOKED_FILE = "revoked.json";

/**
 * Directory for what a daemon keeps of logins: the service manager's, else one in the user's state directory for each
 * configuration file.
 */
export function stateDirectory(env: NodeJS.ProcessEnv, configFile: string): string {
  const managed = env.STATE_DIRECTORY?.split(":")[0];
  if (managed) return join(managed, "access");
  const name = createHash("sha256").update(configFile).digest("hex").slice(0, 16);
  return join(env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "vexil", name);
}

/**
 * The key that is kept in a directory, made if there is none; for the daemon's user alone.
 * @throws VexilError VEXIL_VALIDATION_CONFIG if it can be neither read nor made
 */
export async function keptKey(directory: string): Promise<Uint8Array> {
  const file = join(directory, KEY_FILE);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // Two that start at once use the key of the first.
    await writeFile(file, randomBytes(KEY_BYTES), { mode: 0o600, flag: "wx", flush: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      },
    );
    const key = await readFile(file);
    if (key.length !== KEY_BYTES) throw new Error(`it is not ${KEY_BYTES} bytes long; remove it`);
    return key;
  } catch (error) {
    const reason = (error as Error).message;
    throw new VexilError(
      "VEXIL_VALIDATION_CONFIG",
      `the key of sessions cannot be kept in ${file}: ${reason}; set authentication.session.csrf.key, or STATE_DIRECTORY`,
      { cause: error },
    );
  }
}
