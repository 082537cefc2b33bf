import { logEvent } from "@vexil/engine/observe/catalogue";
import type { AuthenticationMethod, Identity, Logger, LoginMethod } from "@vexil/plugin-api";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import { FailedAttempts } from "./failed-attempts.js";
import type { Methods } from "./methods.js";
import { actorOf } from "./principal.js";
import type { RefusalLog } from "./refusal-log.js";
import type { LoginStates } from "./sessions/login-state.js";
import type { Session } from "./sessions/session.js";
import type { Sessions } from "./sessions/sessions.js";

/** A method, and one of its providers where it has several: what stands in the path of a login. */
export interface LoginPlace {
  readonly method: string;
  readonly provider: string | undefined;
}

/** A request for a login, or for its end. */
export interface LoginAttempt extends LoginPlace {
  readonly client: string;
  readonly signal: AbortSignal;
}

export interface LoginsOptions {
  readonly methods: Methods;
  readonly refusals: RefusalLog;
  /** Counts an attempt. */
  readonly count: (method: string, result: "ok" | "refused" | "error") => void;
  readonly states: LoginStates;
  readonly sessions: Sessions;
  readonly logger: Logger;
}

/** Logins by a provider, exchanges of credentials, and the ends of sessions. */
export class Logins {
  readonly #options: LoginsOptions;
  readonly #attempts = new FailedAttempts();

  constructor(options: LoginsOptions) {
    this.#options = options;
  }

  get sessions(): Sessions {
    return this.#options.sessions;
  }

  /** Paths' names of the providers of a method; undefined: it has no logins. */
  providers(method: string): readonly (string | undefined)[] | undefined {
    const login = this.#options.methods.get(method)?.login;
    return login && (login.providers ?? [undefined]);
  }

  /** @returns where the browser is sent, and the state that its cookie keeps */
  async authorize(
    { method, provider, signal }: LoginAttempt,
    original: string,
  ): Promise<{ readonly url: string; readonly state: string }> {
    const login = this.#login(method);
    if (!(login.providers ?? [undefined]).some((known) => known === provider)) {
      throw new VexilError("VEXIL_VALIDATION_REQUEST", "authorize: unknown provider");
    }
    const flow = this.#options.states.begin(method, provider, original);
    return { url: await login.authorize(flow, signal), state: flow.state };
  }

  /** @throws VexilError when nobody is logged in */
  async callback(
    attempt: LoginAttempt,
    parameters: URLSearchParams,
    cookie: string | undefined,
  ): Promise<{ readonly session: Session; readonly token: string }> {
    const { method, provider, signal } = attempt;
    const login = this.#login(method);
    return this.#attempt(attempt, async () => {
      const state = parameters.get("state") ?? "";
      if (state === "" || state !== cookie) {
        throw new VexilError("VEXIL_REFUSED_UNAUTHENTICATED", "callback: failed to get state");
      }
      const flow = this.#options.states.finish(method, provider, state);
      if (flow === undefined) throw new VexilError("VEXIL_VALIDATION_REQUEST", "callback: missing challenge");
      const begun = await this.sessions.begin(method, provider, await login.callback(flow, parameters, signal));
      this.#tell("auth.login", method, begun.session.identity);
      return begun;
    });
  }

  /** The identity of a foreign credential. */
  async exchange(attempt: LoginAttempt, credential: string): Promise<Identity> {
    const method = this.#method(attempt.method);
    if (method.exchange === undefined) throw notFound();
    return this.#attempt(attempt, async () => {
      const identity = (await method.exchange?.(credential, attempt.signal)) as Identity;
      this.#tell("auth.login", attempt.method, identity);
      return identity;
    });
  }

  /** Ends a session. @returns where its provider ends its own, if it does */
  async logout(session: Session, signal: AbortSignal): Promise<string | undefined> {
    const { id, method, provider, identity, login, expiresAt } = session;
    await this.sessions.end(id, expiresAt);
    this.#tell("auth.logout", method, identity);
    const end = this.#options.methods.get(method)?.login?.endSession;
    if (login === undefined || end === undefined) return undefined;
    return end(provider, login, signal).catch((thrown: unknown) => {
      // Here it has ended, and the provider's page would not help.
      const { code, message } = toVexilError(thrown);
      this.#options.refusals.tell({ method, code, reason: message });
      return undefined;
    });
  }

  /** Ends the sessions that a provider's token names. */
  async backChannelLogout(attempt: LoginAttempt, token: string): Promise<void> {
    const { method, provider, signal } = attempt;
    const { backChannelLogout } = this.#login(method);
    if (backChannelLogout === undefined) throw notFound();
    return this.#attempt(attempt, async () => {
      await this.sessions.endOf(method, provider, await backChannelLogout(provider, token, signal));
    });
  }

  /** Ends the sessions that a provider's page names. */
  async frontChannelLogout(attempt: LoginAttempt, parameters: URLSearchParams): Promise<void> {
    const { method, provider } = attempt;
    const { frontChannelLogout } = this.#login(method);
    if (frontChannelLogout === undefined) throw notFound();
    return this.#attempt(attempt, async () => {
      await this.sessions.endOf(method, provider, await frontChannelLogout(provider, parameters));
    });
  }

  async #attempt<T>({ method, client }: LoginAttempt, work: () => Promise<T>): Promise<T> {
    this.#attempts.check(client);
    const { count, refusals } = this.#options;
    try {
      const done = await work();
      count(method, "ok");
      return done;
    } catch (thrown) {
      const { code, kind, message } = toVexilError(thrown);
      this.#attempts.failed(client);
      count(method, kind === "refused" || kind === "validation" ? "refused" : "error");
      refusals.tell({ method, code, reason: message, client });
      throw thrown;
    }
  }

  #tell(event: "auth.login" | "auth.logout", method: string, identity: Identity): void {
    logEvent(this.#options.logger, event, { method, actor: actorOf({ method, identity }) });
  }

  #method(name: string): AuthenticationMethod {
    const method = this.#options.methods.get(name);
    if (method === undefined) throw notFound();
    return method;
  }

  #login(name: string): LoginMethod {
    const { login } = this.#method(name);
    if (login === undefined) throw notFound();
    return login;
  }
}

/** The routes of a method that is not enabled are not there. */
function notFound(): VexilError {
  return new VexilError("VEXIL_NOT_FOUND", "Not Found");
}
