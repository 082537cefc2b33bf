import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { EncryptedKey } from "./encrypted-key.js";

/**
 * Opens an encrypted OpenSSH key in a thread of its own: its key derivation (bcrypt) takes some tenths of a second of
 * computing, in which nothing else of the daemon would be answered.
 * @returns the key as unencrypted PEM; undefined where the passphrase does not fit
 */
export async function decryptKey(key: EncryptedKey): Promise<string | undefined> {
  const thread = new Worker(new URL("./decrypt-thread.js", import.meta.url), { workerData: key, execArgv: [] });
  try {
    const [pem] = (await once(thread, "message")) as [string | undefined];
    return pem;
  } finally {
    await thread.terminate();
  }
}
