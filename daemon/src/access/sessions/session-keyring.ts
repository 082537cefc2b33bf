import { createHash } from "node:crypto";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger, Secret } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import { SessionKeys } from "./session-keys.js";
import { keptKey } from "./state-directory.js";

/** The keys of sessions: made of the configuration's text, else kept in a directory, else this process's own. */
export class SessionKeyring {
  readonly #directory: string | undefined;
  readonly #logger: Logger;
  #keys = SessionKeys.random();
  /** Text that the keys were made of; undefined: none. */
  #text: string | undefined;
  #isOpen = false;

  constructor(directory: string | undefined, logger: Logger) {
    this.#directory = directory;
    this.#logger = logger;
  }

  get keys(): SessionKeys {
    return this.#keys;
  }

  /** @returns true if other sessions count than before */
  async open(key: Secret | undefined): Promise<boolean> {
    const text = key?.reveal();
    if (this.#isOpen && text === this.#text) return false;
    this.#keys = text === undefined ? await this.#kept() : new SessionKeys(createHash("sha256").update(text).digest());
    this.#text = text;
    this.#isOpen = true;
    return true;
  }

  async #kept(): Promise<SessionKeys> {
    if (this.#directory === undefined) return SessionKeys.random();
    try {
      return new SessionKeys(await keptKey(this.#directory));
    } catch (error) {
      logEvent(this.#logger, "session.unkept", { reason: toVexilError(error).message });
      return SessionKeys.random();
    }
  }
}
