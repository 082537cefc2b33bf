import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { VexilError } from "@vexil/plugin-api/errors";

const KEY_BYTES = 32;
/** Names of the files with keys: of sessions, of proofs of whose commits are, and of parsed files that are kept. */
export const SESSION_KEY = "session.key";
export const COMMIT_KEY = "commits.key";
export const CACHE_KEY = "cache.key";

/** Directory for what is kept of sessions and commits. */
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
export async function keptKey(directory: string, name: string): Promise<Uint8Array> {
  const file = join(directory, name);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // Two that start at once use the key of the first.
    await writeFile(file, randomBytes(KEY_BYTES), { mode: 0o600, flag: "wx", flush: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      },
    );
    return await readKey(file);
  } catch (error) {
    throw unkept(file, error);
  }
}

/**
 * The key that is kept in a directory; undefined where none has been made.
 * @throws VexilError VEXIL_VALIDATION_CONFIG if it cannot be read
 */
export async function madeKey(directory: string, name: string): Promise<Uint8Array | undefined> {
  const file = join(directory, name);
  try {
    return await readKey(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unkept(file, error);
  }
}

async function readKey(file: string): Promise<Uint8Array> {
  const key = await readFile(file);
  if (key.length !== KEY_BYTES) throw new Error(`it is not ${KEY_BYTES} bytes long; remove it`);
  return key;
}

function unkept(file: string, error: unknown): VexilError {
  const reason = (error as Error).message;
  return new VexilError(
    "VEXIL_VALIDATION_CONFIG",
    `the key cannot be kept in ${file}: ${reason}; set authentication.session.csrf.key, or STATE_DIRECTORY`,
    { cause: error },
  );
}
