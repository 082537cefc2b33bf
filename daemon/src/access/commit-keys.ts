import { logEvent } from "@vexil/engine/observe/catalogue";
import { passingKeys, type SealKeys } from "@vexil/engine/storage/write/seal-keys";
import type { Logger, Secret } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import { isStrongKeyText } from "./sessions/session-keyring.js";
import { SessionKeys } from "./sessions/session-keys.js";
import { COMMIT_KEY, keptKey, madeKey } from "./sessions/state-directory.js";

/**
 * Keys by which a daemon knows after a restart which commits are its own: one of the configuration's text, which other
 * daemons of the same remote can have, too, and one kept in the state directory, which the first commit that needs it
 * makes. That one goes on to count whatever the configuration says.
 */
export class CommitKeys implements SealKeys {
  readonly #directory: string;
  readonly #logger: Logger;
  #text: string | undefined;
  #configured: Promise<Uint8Array> | undefined;
  #kept: Uint8Array | undefined;
  /** The key that earlier runs have left. */
  #found: Promise<Uint8Array | undefined> | undefined;
  /** Where none can be kept. */
  #passing: SealKeys | undefined;

  constructor(directory: string, logger: Logger) {
    this.#directory = directory;
    this.#logger = logger;
  }

  /** @param key the configuration's, in force from now on */
  use(key: Secret | undefined): void {
    const text = key?.reveal();
    const usable = text !== undefined && isStrongKeyText(text) ? text : undefined;
    if (usable === this.#text) return;
    this.#text = usable;
    this.#configured =
      usable === undefined ? undefined : SessionKeys.of(usable).then((keys) => keys.derived("commits", ""));
    this.#configured?.catch(() => undefined);
  }

  async own(): Promise<Uint8Array> {
    return (await this.#configured) ?? this.#kept ?? (await this.#make());
  }

  async known(): Promise<readonly Uint8Array[]> {
    const configured = await this.#configured;
    return [...(configured === undefined ? [] : [configured]), ...(await this.#keptKeys())];
  }

  async #keptKeys(): Promise<readonly Uint8Array[]> {
    if (this.#passing !== undefined) return this.#passing.known();
    try {
      // Nobody else makes one while this daemon runs.
      this.#found ??= madeKey(this.#directory, COMMIT_KEY);
      this.#kept ??= await this.#found;
      return this.#kept === undefined ? [] : [this.#kept];
    } catch (error) {
      return this.#withoutKept(error).known();
    }
  }

  async #make(): Promise<Uint8Array> {
    if (this.#passing !== undefined) return this.#passing.own(AbortSignal.abort());
    try {
      this.#kept = await keptKey(this.#directory, COMMIT_KEY);
      return this.#kept;
    } catch (error) {
      return this.#withoutKept(error).own(AbortSignal.abort());
    }
  }

  /** Told once: who asked for commits is known until the process ends. */
  #withoutKept(error: unknown): SealKeys {
    if (this.#passing === undefined) {
      this.#passing = passingKeys();
      logEvent(this.#logger, "commits.unproven", { reason: toVexilError(error).message });
    }
    return this.#passing;
  }
}
