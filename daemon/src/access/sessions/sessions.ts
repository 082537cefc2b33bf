import type { EndedSessions, Login } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { actorOf, type Principal } from "../principal.js";
import type { Refusal } from "../refusal-log.js";
import { hiddenNames } from "./login-names.js";
import type { Revocable, Revocation } from "./revocation.js";
import { RevokedSessions } from "./revoked-sessions.js";
import type { Session } from "./session.js";
import { isSessionId, newSessionId } from "./session-ids.js";
import type { SessionKeys } from "./session-keys.js";
import { sealed, unsealed } from "./session-token.js";

const REFUSED = "VEXIL_REFUSED_UNAUTHENTICATED";

export interface SessionsOptions {
  readonly keys: () => SessionKeys;
  /** Milliseconds that a session lasts. */
  readonly lifeMs: () => number;
  /** File with the sessions that were ended; undefined: they are remembered as long as the process runs. */
  readonly revokedFile: () => string | undefined;
  /** Told why that file cannot be read or written. */
  readonly onFault: (reason: string) => void;
  /** Called when sessions were ended; undefined: so many that all callers are asked about again. */
  readonly ended: (revocation: Revocation | undefined) => void;
  /** Lets other daemons know. */
  readonly tell: (revocation: Revocation) => Promise<void>;
  /** Tells whether it was known once which sessions other daemons have ended. */
  readonly isInformed: () => boolean;
  /** Tells why the configuration in force would not let in who has this session; undefined: it would. */
  readonly refusalOf: (session: Session) => Promise<Refusal | undefined>;
}

/** Ends of sessions that are looked at one by one. */
const SINGLE = 50;
/** Sessions that began here, and count before it is known what others have ended. */
const MOST_OWN = 10_000;

/** A session, and the token that stands for it. */
export interface BegunSession {
  readonly session: Session;
  readonly token: string;
}

/** Sessions that begin with a login. What is known of one stands in its token; here are only those that were ended. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #revoked: RevokedSessions;
  /** Ids of those that began here while it was not known what others have ended. */
  readonly #own = new Set<string>();

  constructor(options: SessionsOptions) {
    this.#options = options;
    const { revokedFile: file, lifeMs, onFault } = options;
    this.#revoked = new RevokedSessions({ file, lifeMs, onFault });
  }

  load(): Promise<void> {
    return this.#revoked.load();
  }

  /** @throws VexilError VEXIL_VALIDATION_REQUEST for an identity that is too large for a cookie */
  async begin(
    method: string,
    provider: string | undefined,
    { identity, session: login }: Login,
  ): Promise<BegunSession> {
    const keys = this.#options.keys();
    const now = Date.now();
    const expiresAt = now + this.#options.lifeMs();
    // Who logs in again at once has a session that began after the end of the last one by every daemon's clock.
    const createdAt = Math.max(
      now,
      this.#revoked.notBefore({ method, provider, login: login && hiddenNames(keys, login) }),
    );
    const session = { id: newSessionId(keys), method, provider, identity, login, createdAt, expiresAt };
    if (!this.#options.isInformed() && this.#own.size < MOST_OWN) this.#own.add(session.id);
    return { session, token: await sealed(session, keys.session) };
  }

  /**
   * The session that a token is of; undefined: none that counts. A life that was shortened since counts for it, too.
   * @param refused told why none counts
   * @throws VexilError VEXIL_UNAVAILABLE_PROVIDER while it is not known whether it was ended elsewhere
   */
  async read(token: string, refused: (refusal: Refusal) => void = () => {}): Promise<Session | undefined> {
    const sealedIn = await unsealed(token, this.#options.keys().session);
    if (sealedIn === undefined) {
      refused({
        method: "",
        code: REFUSED,
        reason: "the token is none of those configured, nor of a session of this key",
      });
      return undefined;
    }
    const expiresAt = Math.min(sealedIn.expiresAt, sealedIn.createdAt + this.#options.lifeMs());
    const session = { ...sealedIn, expiresAt };
    const refusal = this.#over(session) ?? (await this.#options.refusalOf(session)) ?? this.#over(session);
    if (refusal === undefined) {
      this.#holdBack(session);
      return session;
    }
    refused({ actor: actorOf(session), ...refusal });
    return undefined;
  }

  async principal(token: string, refused: (refusal: Refusal) => void): Promise<Principal | undefined> {
    const session = await this.read(token, refused);
    if (session === undefined) return undefined;
    const { identity, expiresAt } = session;
    return { ...this.#revocable(session), scheme: "Bearer", identity: { ...identity, expiresAt } };
  }

  /** Tells whether a session ever had this id. */
  hasBeen(id: string): boolean {
    return isSessionId(id, this.#options.keys());
  }

  /** Ends one session, of which the id at least is known. Resolves once it is kept. */
  end({ id, method, provider }: Pick<Session, "id"> & Partial<Pick<Session, "method" | "provider">>): Promise<void> {
    return this.#end({ id, method, provider, at: Date.now() });
  }

  /**
   * Ends all sessions of a provider's login that began so far.
   * @param isProven false: nobody knows whether the provider wants it
   */
  endOf(method: string, provider: string | undefined, names: EndedSessions, isProven: boolean): Promise<void> {
    const hidden = hiddenNames(this.#options.keys(), names);
    return this.#end({ ...hidden, method, provider, at: Date.now(), ...(!isProven && { unproven: true }) });
  }

  /** Ends of sessions that other daemons should know of. */
  ended(): readonly Revocation[] {
    return this.#revoked.common();
  }

  /** Takes over what other daemons have ended. */
  heard(revocations: readonly Revocation[]): void {
    const news = this.#revoked.takeIn(revocations);
    for (const revocation of news.length > SINGLE ? [undefined] : news) this.#options.ended(revocation);
  }

  /** It may be ended while its method is asked. */
  #over(session: Session): Refusal | undefined {
    const { method, expiresAt } = session;
    if (expiresAt <= Date.now()) return { method, code: REFUSED, reason: "the session's time is over" };
    return this.#revoked.has(this.#revocable(session))
      ? { method, code: REFUSED, reason: "the session was ended" }
      : undefined;
  }

  #revocable({ id, method, provider, login = {}, createdAt }: Session): Revocable {
    return { id, method, provider, login: hiddenNames(this.#options.keys(), login), createdAt };
  }

  /** Others may have ended it while this daemon did not run. */
  #holdBack({ id }: Session): void {
    if (this.#options.isInformed()) this.#own.clear();
    else if (!this.#own.has(id)) {
      throw new VexilError(
        "VEXIL_UNAVAILABLE_PROVIDER",
        "it is not known yet which sessions were ended elsewhere; try again, or log in anew",
      );
    }
  }

  async #end(revocation: Revocation): Promise<void> {
    const kept = this.#revoked.add(revocation);
    this.#options.ended(revocation);
    await Promise.all([kept, this.#options.tell(revocation)]);
  }
}
