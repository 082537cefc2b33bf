import { homedir } from "node:os";
import { join } from "node:path";
import { currentValue, type Logger, readCredentialFile, type Secret, VexilError } from "@vexil/plugin-api";
import type { ParsedKey } from "ssh2";
import { fingerprint } from "./host-key-error.js";
import { parsePrivateKey } from "./private-key.js";
import type { SshSettings } from "./settings.js";

/** Proof of who the daemon is. The same object for as long as nothing changed. */
export type Identity =
  | { readonly type: "key"; readonly key: ParsedKey; readonly label: string }
  | { readonly type: "agent"; readonly socketPath: string; readonly label: string };

interface Parsed {
  readonly text: string;
  readonly passphrase: string;
  readonly result: Promise<Identity | VexilError>;
}

/** The identity of a credential, read again from its file each time it is asked for; parsed when that changed. */
export class IdentitySource {
  readonly #credential: string;
  readonly #settings: SshSettings;
  readonly #agent: string | undefined;
  readonly #logger: Logger;
  #parsed: Parsed | undefined;
  #agentIdentity: Identity | undefined;

  /** @param agent the socket of `SSH_AUTH_SOCK`, used when there is no key */
  constructor(credential: string, settings: SshSettings, agent: string | undefined, logger: Logger) {
    this.#credential = credential;
    this.#settings = settings;
    this.#agent = agent;
    this.#logger = logger;
  }

  /**
   * @param refresh the last identity was refused: what cannot be read is an error now
   * @throws VexilError VEXIL_AUTH_KEY, VEXIL_AUTH_FILE
   */
  async current(refresh: boolean): Promise<Identity> {
    const text = await this.#text(refresh);
    if (text === undefined) return this.#ofAgent();
    const passphrase = await this.#value(this.#settings.password, refresh);
    if (this.#parsed?.text !== text || this.#parsed.passphrase !== passphrase) {
      this.#parsed = { text, passphrase, result: this.#parse(text, passphrase) };
    }
    const result = await this.#parsed.result;
    if (VexilError.is(result)) throw result;
    return result;
  }

  async #text(refresh: boolean): Promise<string | undefined> {
    const { private_key_path: path, private_key_bytes: bytes } = this.#settings;
    if (bytes !== undefined) return await this.#value(bytes, refresh);
    if (path === undefined) return undefined;
    try {
      return await readCredentialFile(expandHome(path));
    } catch (error) {
      // a key that is being replaced: the one in use may still do
      if (refresh || this.#parsed === undefined) throw error;
      this.#logger.log("warn", "credential.unread", "a credential's file cannot be read; its last value stays in use", {
        reason: error instanceof Error ? error.message : "unknown",
      });
      return this.#parsed.text;
    }
  }

  async #value(secret: Secret | undefined, refresh: boolean): Promise<string> {
    return secret === undefined ? "" : await currentValue(secret, { refresh, logger: this.#logger });
  }

  async #parse(text: string, passphrase: string): Promise<Identity | VexilError> {
    const source = { credential: this.#credential, path: this.#settings.private_key_path };
    try {
      const key = await parsePrivateKey(text, passphrase, source);
      return { type: "key", key, label: `key ${key.type} ${fingerprint(key.getPublicSSH())}` };
    } catch (error) {
      if (VexilError.is(error)) return error;
      throw error;
    }
  }

  #ofAgent(): Identity {
    if (this.#agent === undefined || this.#agent === "") {
      throw new VexilError(
        "VEXIL_AUTH_KEY",
        `credential ${this.#credential} has no key; give ssh.private_key_path or ssh.private_key_bytes, or start with SSH_AUTH_SOCK set`,
        { details: { step: "auth", credential: this.#credential } },
      );
    }
    this.#agentIdentity ??= { type: "agent", socketPath: this.#agent, label: "keys of the ssh agent" };
    return this.#agentIdentity;
  }
}

/** `~/` at the front of a path is the home directory. */
export function expandHome(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}
