import { createPublicKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Logger, VexilError } from "@vexil/plugin-api";
import { EVENTS } from "./events.js";
import { type VerificationKey, verificationKey } from "./verification-key.js";

/** How often the file is looked at: a key that was replaced ends soon after. */
const LOOK_MS = 1000;

/** The key of a PEM file, also when it is replaced. While it cannot be used the last good one counts. */
export class FileKeys {
  readonly #file: string;
  readonly #logger: Logger;
  readonly #changed: () => void;
  readonly #looks: NodeJS.Timeout;
  #pem: string;
  #key: VerificationKey;
  #looking: Promise<void> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isFaulty = false;
  #isClosed = false;

  private constructor(file: string, { pem, key }: ReadKey, logger: Logger, changed: () => void) {
    this.#file = file;
    this.#pem = pem;
    this.#key = key;
    this.#logger = logger;
    this.#changed = changed;
    // By reading, not by events or times of change: the file may be on any file system, or a link that is turned.
    this.#looks = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  /**
   * @param changed called when another key is there than before
   * @throws VexilError VEXIL_VALIDATION_CONFIG for a file that holds no public key
   */
  static async open(file: string, logger: Logger, changed: () => void): Promise<FileKeys> {
    return new FileKeys(file, await readKey(file), logger, changed);
  }

  get known(): readonly VerificationKey[] {
    return [this.#key];
  }

  /** A token with a signature that the key has not made may be the first of the next key. */
  async refreshed(signal: AbortSignal): Promise<readonly VerificationKey[] | undefined> {
    if (this.#looking === undefined && performance.now() - this.#lookedAt < LOOK_MS) return undefined;
    const before = this.#key;
    await this.#look();
    signal.throwIfAborted();
    return this.#key === before ? undefined : this.known;
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#looks);
  }

  /** Whoever asks meanwhile gets the same answer. */
  #look(): Promise<void> {
    this.#looking ??= this.#read().finally(() => {
      this.#looking = undefined;
      this.#lookedAt = performance.now();
    });
    return this.#looking;
  }

  async #read(): Promise<void> {
    try {
      const { pem, key } = await readKey(this.#file);
      this.#isFaulty = false;
      if (pem === this.#pem || this.#isClosed) return;
      this.#pem = pem;
      this.#key = key;
      this.#changed();
    } catch (error) {
      if (this.#isClosed || this.#isFaulty) return;
      this.#isFaulty = true;
      const fields = { reason: (error as Error).message, known: 1 };
      this.#logger.log("warn", "keys.unread", EVENTS["keys.unread"].message, fields);
    }
  }
}

interface ReadKey {
  readonly pem: string;
  readonly key: VerificationKey;
}

/** A certificate will do, too. */
async function readKey(file: string): Promise<ReadKey> {
  const fail = (reason: string, cause: unknown): VexilError =>
    new VexilError("VEXIL_VALIDATION_CONFIG", `public_key_file ${file}: ${reason}`, { cause });
  const pem = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw fail(error.code === "ENOENT" ? "no such file or directory" : `cannot be read (${error.code})`, error);
  });
  let key: VerificationKey | undefined;
  try {
    key = verificationKey(createPublicKey(pem));
  } catch (error) {
    throw fail("holds no public key in PEM", error);
  }
  if (key === undefined) {
    const kinds = "RSA (of 2048 bits or more), P-256, P-384, P-521 or Ed25519";
    throw fail(`holds a key of another kind than ${kinds}`, undefined);
  }
  return { pem, key };
}
