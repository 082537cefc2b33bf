import { join } from "node:path";
import type { Config, SessionConfig } from "@vexil/config/config";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Repository } from "@vexil/git/repository-view";
import type { Logger, PresentedCredential } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import type { RequestIds } from "../request-ids.js";
import { Callers } from "./callers.js";
import { type CountAttempt, CredentialVerifier } from "./credential-verifier.js";
import { isProviderOf, Logins } from "./logins.js";
import { type CreateMethod, Methods, type PreparedMethods } from "./methods.js";
import type { Principal } from "./principal.js";
import { type Refusal, RefusalLog } from "./refusal-log.js";
import { SessionCookies } from "./session-cookies.js";
import { placeOfKey } from "./sessions/exchange/key-place.js";
import type { ExchangeState } from "./sessions/exchange/revocation-place.js";
import { SessionExchange } from "./sessions/exchange/session-exchange.js";
import { LoginStates } from "./sessions/login-state.js";
import { KEPT_LONGER_MS } from "./sessions/revoked-sessions.js";
import type { Session } from "./sessions/session.js";
import { SessionKeyring } from "./sessions/session-keyring.js";
import { Sessions } from "./sessions/sessions.js";
import { REVOKED_FILE, type StateDirectory } from "./sessions/state-directory.js";

/** Until a configuration is taken. */
const NO_SESSIONS: SessionConfig = {
  domain: "",
  secure: false,
  tokenLifeMs: 0,
  stateLifeMs: 0,
  key: undefined,
  trustedOrigins: [],
  redis: undefined,
};

const REFUSED = "VEXIL_REFUSED_UNAUTHENTICATED";

/** Part of the configuration that authentication goes by. */
export interface AuthenticationSettings {
  readonly authentication: Config["authentication"];
  readonly server: Pick<Config["server"], "protocol">;
}

export interface AuthenticationOptions {
  /** A storage's repository while that is open. */
  readonly repositoryOf: (storage: string) => Repository | undefined;
  readonly logger: Logger;
  /** Counts an attempt by its method and result. */
  readonly count: CountAttempt;
  /** Undefined: what is kept of sessions ends with the process. */
  readonly stateDirectory: StateDirectory | undefined;
}

/** Authentication in the process that owns the plugins: asks the methods whose a credential is. */
export class Authentication {
  readonly methods: Methods;
  /** Callers that are known, for whoever lets requests in. */
  readonly callers: Callers;
  readonly refusals: RefusalLog;
  readonly logins: Logins;
  readonly cookies: SessionCookies;
  readonly #keyring: SessionKeyring;
  readonly #sessions: Sessions;
  readonly #exchange: SessionExchange;
  readonly #verifier: CredentialVerifier;
  #session: SessionConfig = NO_SESSIONS;
  #sharedStorage: string | undefined;
  #isStarted = false;
  /** Last change to the exchange, after those before it. */
  #sharing: Promise<void> = Promise.resolve();
  #isTls = false;

  constructor({ logger, count, stateDirectory, repositoryOf }: AuthenticationOptions) {
    this.refusals = new RefusalLog(logger);
    this.callers = new Callers((credential, ids) => this.verify(credential, ids));
    this.methods = new Methods(() => this.callers.forget());
    this.#keyring = new SessionKeyring(stateDirectory, logger);
    const keys = (): SessionKeyring["keys"] => this.#keyring.keys;
    this.#sessions = new Sessions({
      keys,
      lifeMs: () => this.#session.tokenLifeMs,
      revokedFile: () => this.#revokedFile(stateDirectory),
      onFault: (reason) => logEvent(logger, "session.unkept", { reason }),
      ended: (revocation) => this.callers.forget(revocation),
      tell: (revocation) => this.#exchange.tell(revocation),
      isInformed: () => this.#exchange.isInformed,
      refusalOf: (session) => this.#refusalOf(session),
    });
    this.#verifier = new CredentialVerifier({
      methods: this.methods,
      sessions: this.#sessions,
      refusals: this.refusals,
      count,
    });
    this.#exchange = new SessionExchange({
      logger,
      repositoryOf,
      takeOver: (key, place) => this.#takeOver(key, place),
      keepMs: () => this.#session.tokenLifeMs + KEPT_LONGER_MS,
      known: () => this.#sessions.ended(),
      heard: (revocations) => this.#sessions.heard(revocations),
    });
    this.cookies = new SessionCookies(() => ({
      domain: this.#session.domain,
      secure: this.#session.secure || this.#isTls,
      stateLifeMs: this.#session.stateLifeMs,
    }));
    const states = new LoginStates(keys);
    this.logins = new Logins({
      methods: this.methods,
      refusals: this.refusals,
      count,
      states,
      sessions: this.#sessions,
      logger,
    });
  }

  /** How what ends here reaches other daemons; undefined: it does not. */
  get exchange(): ExchangeState | undefined {
    return this.#exchange.state;
  }

  /**
   * Makes the methods of a configuration; they count once they are taken.
   * @param sharedStorage id of a storage whose backend several daemons share
   */
  async prepare(
    config: AuthenticationSettings,
    create: CreateMethod,
    sharedStorage?: string,
  ): Promise<PreparedMethods> {
    const { session } = config.authentication;
    const prepared = await this.methods.prepare(config.authentication, create);
    return {
      drop: prepared.drop,
      take: async () => {
        const { tokenLifeMs: lifeMs } = this.#session;
        this.#session = session;
        this.#isTls = config.server.protocol === "https";
        prepared.take();
        this.logins.watch.begin();
        if (!this.methods.all().some(([, { login }]) => login !== undefined)) return this.#exchange.close();
        const isOtherKey = await this.#keyring.open(session.key, session.redis && placeOfKey(session.redis));
        await this.#sessions.load();
        // Whoever was let in meanwhile is looked at again.
        if (isOtherKey || lifeMs !== session.tokenLifeMs) this.callers.forget();
        this.#sharedStorage = sharedStorage;
        const isStart = !this.#isStarted;
        this.#isStarted = true;
        await this.#share(isStart);
      },
    };
  }

  /** @returns whose a credential is; undefined if nobody knows it */
  verify(credential: PresentedCredential, ids?: RequestIds): Promise<Principal | undefined> {
    return this.#verifier.verify(credential, ids);
  }

  /** Exchanges ends of sessions as the configuration in force wants it. A start waits for what others know, for a while. */
  #share(isWaiting: boolean): Promise<void> {
    this.#sharing = this.#sharing.then(() => {
      const keyring = this.#keyring;
      const settings = {
        redis: this.#session.redis,
        storage: this.#sharedStorage,
        keys: () => keyring.keys,
        found: () => keyring.found,
        isConfigured: keyring.isConfigured,
      };
      return this.#exchange.use(settings, isWaiting);
    });
    return this.#sharing;
  }

  /** Goes over to the key that other daemons have in common. */
  #takeOver(key: Uint8Array, place: string): boolean {
    const isTaken = this.#keyring.takeOver(key, place);
    if (isTaken) this.callers.forget();
    return isTaken;
  }

  async close(): Promise<void> {
    this.refusals.flush();
    this.logins.watch.close();
    await Promise.all([this.methods.close(), this.#exchange.close()]);
  }

  /** Sessions last as long as their keys do. */
  #revokedFile(directory: StateDirectory | undefined): string | undefined {
    const lasts = directory !== undefined && (directory.isDurable || this.#session.key !== undefined);
    return lasts ? join(directory.path, REVOKED_FILE) : undefined;
  }

  /** Sessions of a method or provider that is not there any more do not count, nor those that it would not let begin. */
  async #refusalOf({ method, provider, identity, login: session }: Session): Promise<Refusal | undefined> {
    const login = this.methods.get(method)?.login;
    if (login === undefined || !isProviderOf(login, provider)) {
      return { method, code: REFUSED, reason: "the session began with a login that is not configured any more" };
    }
    try {
      await login.recheck?.(provider, { identity, session });
      return undefined;
    } catch (thrown) {
      const { code, message } = toVexilError(thrown);
      return { method, code, reason: message };
    }
  }
}
