import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger, Secret } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import { SessionKeys } from "./session-keys.js";
import { keptKey, SESSION_KEY, type StateDirectory } from "./state-directory.js";

/** Shorter texts can be guessed, and whoever has the key can make sessions. */
const LEAST_CHARACTERS = 32;
/** A text of fewer different ones is long, and guessed all the same. */
const LEAST_DIFFERENT = 8;

/** Tells whether a text of the configuration may be a key: nobody guesses it. */
export function isStrongKeyText(text: string): boolean {
  const characters = [...text];
  return characters.length >= LEAST_CHARACTERS && new Set(characters).size >= LEAST_DIFFERENT;
}

/** The keys of sessions: made of the configuration's text if it is long, else kept in a directory, else this process's own. */
export class SessionKeyring {
  readonly #directory: StateDirectory | undefined;
  readonly #logger: Logger;
  #keys = SessionKeys.random();
  /** Text that the keys were made of; undefined: none. */
  #text: string | undefined;
  /** Where the configuration looks for a key of other daemons. */
  #sharedBy: string | undefined;
  /** Where the key in use was found; undefined: it is this daemon's own. */
  #foundIn: string | undefined;
  #isOpen = false;

  constructor(directory: StateDirectory | undefined, logger: Logger) {
    this.#directory = directory;
    this.#logger = logger;
  }

  get keys(): SessionKeys {
    return this.#keys;
  }

  /** The key in use if it was found where daemons have one in common. */
  get found(): Uint8Array | undefined {
    return this.#foundIn === undefined ? undefined : this.#keys.master;
  }

  /** Tells whether the configuration gives it: then other daemons can have the same. */
  get isConfigured(): boolean {
    return this.#text !== undefined;
  }

  /**
   * Goes over to the key of other daemons, as long as the configuration names the place where it was found. It is never
   * written down here: whoever could put one there for a moment would be let in for ever.
   * @returns false if the configuration does not look for one there any more
   */
  takeOver(master: Uint8Array, place: string): boolean {
    if (this.#text !== undefined || place !== this.#sharedBy) return false;
    this.#keys = new SessionKeys(master);
    this.#foundIn = place;
    return true;
  }

  /**
   * @param sharedBy place where other daemons' key is looked for
   * @returns true if other sessions count than before
   */
  async open(key: Secret | undefined, sharedBy: string | undefined): Promise<boolean> {
    const text = this.#strong(key?.reveal());
    this.#sharedBy = sharedBy;
    const isStillThere = this.#foundIn === undefined || this.#foundIn === sharedBy;
    if (this.#isOpen && text === this.#text && isStillThere) return false;
    this.#foundIn = undefined;
    this.#text = text;
    this.#keys = text === undefined ? await this.#kept() : await SessionKeys.of(text);
    this.#isOpen = true;
    return true;
  }

  /** Elsewhere the text is no key: files with any start. */
  #strong(text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    if (isStrongKeyText(text)) return text;
    logEvent(this.#logger, "session.weak-key", {});
    return undefined;
  }

  async #kept(): Promise<SessionKeys> {
    if (this.#directory?.isDurable !== true) return SessionKeys.random();
    try {
      return new SessionKeys(await keptKey(this.#directory.path, SESSION_KEY));
    } catch (error) {
      logEvent(this.#logger, "session.unkept", { reason: toVexilError(error).message });
      return SessionKeys.random();
    }
  }
}
