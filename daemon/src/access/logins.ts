import { logEvent } from "@vexil/engine/observe/catalogue";
import type {
  AuthenticationMethod,
  DeviceFlow,
  DeviceLogin,
  EndedSessions,
  Identity,
  Logger,
  Login,
  LoginMethod,
} from "@vexil/plugin-api";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import { AttemptLimit } from "./attempt-limit.js";
import type { Methods } from "./methods.js";
import { actorOf, type NamedCaller, refusedActor } from "./principal.js";
import type { RefusalLog } from "./refusal-log.js";
import { RunningCalls } from "./running-calls.js";
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

/** A session, and the token that stands for it. */
export interface BegunSession {
  readonly session: Session;
  readonly token: string;
}

/** Requests that wait for one provider at the same time: fewer than there are connections to this process for them. */
const MOST_WAITING = 100;
/** Longest name of a session, or of its user, that a provider may end. */
const NAME_CHARACTERS = 512;

/** Logins by a provider, exchanges of credentials, and the ends of sessions. */
export class Logins {
  readonly #options: LoginsOptions;
  readonly #attempts = new AttemptLimit("failed logins");
  /** Logouts that anybody can ask for, without a proof. */
  readonly #unproven = new AttemptLimit("logouts");
  /** Logins by device code that anybody can begin. */
  readonly #codes = new AttemptLimit("logins by device code");
  readonly #waiting = new RunningCalls();

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
    const login = this.#loginAt("authorize", { method, provider });
    const flow = this.#options.states.begin(method, provider, original);
    const url = await this.#waitFor({ method, provider }, () => login.authorize(flow, signal));
    return { url, state: flow.state };
  }

  /** @throws VexilError when nobody is logged in */
  async callback(
    attempt: LoginAttempt,
    parameters: URLSearchParams,
    cookie: string | undefined,
  ): Promise<BegunSession> {
    const { method, provider, signal } = attempt;
    const login = this.#login(method);
    return this.#attempt(attempt, async () => {
      const state = parameters.get("state") ?? "";
      if (state === "" || state !== cookie) {
        throw new VexilError("VEXIL_REFUSED_UNAUTHENTICATED", "callback: failed to get state");
      }
      const flow = this.#options.states.finish(method, provider, state);
      if (flow === undefined) throw new VexilError("VEXIL_VALIDATION_REQUEST", "callback: missing challenge");
      return this.#begin(method, provider, await login.callback(flow, parameters, signal));
    });
  }

  /** Begins a login that is finished in another device's browser. */
  async beginDevice(attempt: LoginAttempt): Promise<DeviceFlow> {
    const { provider, client, signal } = attempt;
    const device = this.#device(attempt);
    const over = this.#codes.begin(client);
    return this.#waitFor(attempt, () => device.begin(provider, signal)).finally(() => over(true));
  }

  /**
   * @returns the session that has begun; until the user has finished, how long to wait for the next question
   * @throws VexilError when nobody is logged in by this code
   */
  async pollDevice(attempt: LoginAttempt, deviceCode: string): Promise<BegunSession | "pending" | "slow_down"> {
    const { method, provider, signal } = attempt;
    const device = this.#device(attempt);
    return this.#attempt(attempt, async () => {
      const login = await device.poll(provider, deviceCode, signal);
      return typeof login === "string" ? login : this.#begin(method, provider, login);
    });
  }

  /** The identity of a foreign credential. */
  async exchange(attempt: LoginAttempt, credential: string): Promise<Identity> {
    const method = this.#method(attempt.method);
    if (method.exchange === undefined) throw notFound();
    return this.#attempt(attempt, async () => {
      const identity = (await method.exchange?.(credential, attempt.signal)) as Identity;
      this.#tell("auth.login", { method: attempt.method, identity });
      return identity;
    });
  }

  /** Ends a session. @returns where its provider ends its own, if it does */
  async logout(session: Session, signal: AbortSignal): Promise<string | undefined> {
    const { method, provider, login } = session;
    await this.sessions.end(session);
    this.#tell("auth.logout", session);
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
    const { provider, signal } = attempt;
    const { backChannelLogout } = this.#loginAt("revoke", attempt);
    if (backChannelLogout === undefined) throw notFound();
    return this.#attempt(attempt, async () => this.#endOf(attempt, await backChannelLogout(provider, token, signal)));
  }

  /** Ends the sessions that a provider's page names. */
  async frontChannelLogout(attempt: LoginAttempt, parameters: URLSearchParams): Promise<void> {
    const { provider, client } = attempt;
    const { frontChannelLogout } = this.#loginAt("revoke", attempt);
    if (frontChannelLogout === undefined) throw notFound();
    const over = this.#unproven.begin(client);
    return this.#attempt(attempt, async () =>
      this.#endOf(attempt, await frontChannelLogout(provider, parameters)),
    ).finally(() => over(true));
  }

  async #begin(method: string, provider: string | undefined, login: Login): Promise<BegunSession> {
    const begun = await this.sessions.begin(method, provider, login);
    this.#tell("auth.login", begun.session);
    return begun;
  }

  #endOf({ method, provider }: LoginPlace, ended: EndedSessions): Promise<void> {
    if ([ended.sid, ended.sub].some((name = "") => name.length > NAME_CHARACTERS)) {
      throw new VexilError(
        "VEXIL_VALIDATION_REQUEST",
        `revoke: sid and sub have at most ${NAME_CHARACTERS} characters`,
      );
    }
    return this.sessions.endOf(method, provider, ended);
  }

  /** Failures of the provider are not its clients'. */
  async #attempt<T>(attempt: LoginAttempt, work: () => Promise<T>): Promise<T> {
    const { method, provider, client } = attempt;
    const { count, refusals } = this.#options;
    let over: ((counts: boolean) => void) | undefined;
    let isWrong = false;
    try {
      over = this.#attempts.begin(client);
      const done = await this.#waitFor(attempt, work);
      if (!isWait(done)) count(method, "ok");
      return done;
    } catch (thrown) {
      const error = toVexilError(thrown);
      const { code, kind, message } = error;
      isWrong = kind === "refused" || kind === "validation";
      count(method, isWrong || over === undefined ? "refused" : "error");
      refusals.tell({ method, code, reason: message, ...refusedActor({ method, provider }, error), client });
      throw thrown;
    } finally {
      over?.(isWrong);
    }
  }

  /** A provider that does not answer holds no more than so many requests. */
  async #waitFor<T>({ method, provider = "" }: LoginPlace, work: () => Promise<T>): Promise<T> {
    const place = `${method} ${provider}`;
    if (this.#waiting.of(place) >= MOST_WAITING) {
      const details = { retryAfterMs: 1000 };
      throw new VexilError("VEXIL_OVERLOADED_REQUESTS", "too many logins wait for this provider; try again", {
        details,
      });
    }
    const over = this.#waiting.begin(place);
    try {
      return await work();
    } finally {
      over();
    }
  }

  #tell(event: "auth.login" | "auth.logout", caller: NamedCaller): void {
    logEvent(this.#options.logger, event, { method: caller.method, actor: actorOf(caller) });
  }

  #method(name: string): AuthenticationMethod {
    const method = this.#options.methods.get(name);
    if (method === undefined) throw notFound();
    return method;
  }

  #loginAt(what: string, { method, provider }: LoginPlace): LoginMethod {
    const login = this.#login(method);
    if (isProviderOf(login, provider)) return login;
    throw new VexilError("VEXIL_VALIDATION_REQUEST", `${what}: unknown provider`);
  }

  #device(place: LoginPlace): DeviceLogin {
    const { device } = this.#loginAt("device", place);
    if (device === undefined)
      throw new VexilError("VEXIL_NOT_FOUND", "device: there are no logins by device code here");
    return device;
  }

  #login(name: string): LoginMethod {
    const { login } = this.#method(name);
    if (login === undefined) throw notFound();
    return login;
  }
}

/** Tells whether a method has a provider of this name. */
export function isProviderOf({ providers }: LoginMethod, name: string | undefined): boolean {
  return name === undefined ? providers === undefined : providers?.includes(name) === true;
}

/** Nobody is logged in yet, and nobody refused. */
function isWait(done: unknown): done is "pending" | "slow_down" {
  return done === "pending" || done === "slow_down";
}

/** The routes of a method that is not enabled are not there. */
function notFound(): VexilError {
  return new VexilError("VEXIL_NOT_FOUND", "Not Found");
}
