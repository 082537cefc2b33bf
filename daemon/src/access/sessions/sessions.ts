import type { EndedSessions, Login } from "@vexil/plugin-api";
import type { Principal } from "../principal.js";
import { RevokedSessions } from "./revoked-sessions.js";
import type { Session } from "./session.js";
import { isSessionId, newSessionId } from "./session-ids.js";
import type { SessionKeys } from "./session-keys.js";
import { sealed, unsealed } from "./session-token.js";

export interface SessionsOptions {
  readonly keys: () => SessionKeys;
  /** Milliseconds that a session lasts. */
  readonly lifeMs: () => number;
  /** File with the sessions that were ended; undefined: they are remembered as long as the process runs. */
  readonly revokedFile: string | undefined;
  /** Told why that file cannot be read or written. */
  readonly onFault: (reason: string) => void;
  /** Called when a session was ended; undefined: several, or nobody knows which. */
  readonly ended: (session: string | undefined) => void;
}

/** Sessions that begin with a login. What is known of one stands in its token; here are only those that were ended. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #revoked: RevokedSessions;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#revoked = new RevokedSessions(options.revokedFile, options.onFault);
  }

  load(): Promise<void> {
    return this.#revoked.load();
  }

  /** @throws VexilError VEXIL_VALIDATION_REQUEST for an identity that is too large for a cookie */
  async begin(
    method: string,
    provider: string | undefined,
    { identity, session: login }: Login,
  ): Promise<{ readonly session: Session; readonly token: string }> {
    const createdAt = Date.now();
    const expiresAt = createdAt + this.#options.lifeMs();
    const session = { id: newSessionId(this.#options.keys()), method, provider, identity, login, createdAt, expiresAt };
    return { session, token: await sealed(session, this.#options.keys().session) };
  }

  /** The session that a token is of; undefined: none that counts. */
  async read(token: string): Promise<Session | undefined> {
    const session = await unsealed(token, this.#options.keys().session);
    if (session === undefined || session.expiresAt <= Date.now()) return undefined;
    return this.#revoked.has(session) ? undefined : session;
  }

  async principal(token: string): Promise<Principal | undefined> {
    const session = await this.read(token);
    if (session === undefined) return undefined;
    const { id, method, identity, createdAt, expiresAt } = session;
    return { id, method, scheme: "Bearer", createdAt, identity: { ...identity, expiresAt } };
  }

  /** Tells whether a session ever had this id. */
  hasBeen(id: string): boolean {
    return isSessionId(id, this.#options.keys());
  }

  /** Ends one session. Resolves once it is kept. */
  async end(id: string, until = Date.now() + this.#options.lifeMs()): Promise<void> {
    const kept = this.#revoked.add({ id, at: Date.now(), until });
    this.#options.ended(id);
    await kept;
  }

  /** Ends all sessions of a provider's login that began so far. */
  async endOf(method: string, provider: string | undefined, ended: EndedSessions): Promise<void> {
    const at = Date.now();
    const kept = this.#revoked.add({ ...ended, method, provider, at, until: at + this.#options.lifeMs() });
    this.#options.ended(undefined);
    await kept;
  }
}
