import { logEvent } from "@vexil/engine/observe/catalogue";
import type {
  AuthenticationMethod,
  DeviceLogin,
  EndedSessions,
  Identity,
  Logger,
  Login,
  LoginMethod,
} from "@vexil/plugin-api";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import { idFields, type RequestIds } from "../request-ids.js";
import { AttemptLimit } from "./attempt-limit.js";
import { DeviceLogins } from "./device-logins.js";
import { type LoginAttempt, LoginAttempts, type LoginAttemptsOptions, type LoginPlace } from "./login-attempts.js";
import type { Methods } from "./methods.js";
import { actorOf, type NamedCaller } from "./principal.js";
import { ProviderWaits } from "./provider-waits.js";
import { ProviderWatch } from "./provider-watch.js";
import type { LoginStates } from "./sessions/login-state.js";
import type { Session } from "./sessions/session.js";
import type { BegunSession, Sessions } from "./sessions/sessions.js";

export interface LoginsOptions extends LoginAttemptsOptions {
  readonly methods: Methods;
  readonly states: LoginStates;
  readonly sessions: Sessions;
  readonly logger: Logger;
}

/** Requests that wait for one provider at the same time: fewer than there are connections to this process for them. */
const MOST_WAITING = 100;

/** How a login came about, for the log. */
interface LoginFacts {
  readonly flow?: "device_code";
  readonly client?: string;
  readonly ids: RequestIds;
}

/** Longest name of a session, or of its user, that a provider may end. */
const NAME_CHARACTERS = 512;

/** Logins by a provider, exchanges of credentials, and the ends of sessions. */
export class Logins {
  /** Those without a browser. */
  readonly devices: DeviceLogins;
  readonly #options: LoginsOptions;
  readonly #attempts: LoginAttempts;
  /** Logouts that anybody can ask for, without a proof. */
  readonly #unproven = new AttemptLimit("logouts");
  readonly #waits = new ProviderWaits(MOST_WAITING);
  readonly watch: ProviderWatch;

  constructor(options: LoginsOptions) {
    this.#options = options;
    this.#attempts = new LoginAttempts(options);
    this.watch = new ProviderWatch({
      logger: options.logger,
      places: () => this.#places(),
      ask: (place, signal) =>
        this.#loginAt("authorize", place).authorize(options.states.begin(place.method, place.provider, ""), signal),
    });
    this.devices = new DeviceLogins({
      attempts: this.#attempts,
      deviceAt: (place) => this.#deviceAt(place),
      begin: ({ method, provider, client, ids }, login) =>
        this.#begin(method, provider, login, { flow: "device_code", client, ids }),
    });
  }

  get sessions(): Sessions {
    return this.#options.sessions;
  }

  #places(): readonly LoginPlace[] {
    return this.#options.methods.all().flatMap(([method, { login }]) => {
      const providers = login === undefined ? [] : (login.providers ?? [undefined]);
      return providers.map((provider) => ({ method, provider }));
    });
  }

  /** Paths' names of the providers of a method; undefined: it has no logins. */
  providers(method: string): readonly (string | undefined)[] | undefined {
    const login = this.#options.methods.get(method)?.login;
    return login && (login.providers ?? [undefined]);
  }

  /** @returns where the browser is sent, and the state that its cookie keeps */
  async authorize(attempt: LoginAttempt, original: string): Promise<{ readonly url: string; readonly state: string }> {
    const { method, provider, signal } = attempt;
    const login = this.#loginAt("authorize", attempt);
    const flow = this.#options.states.begin(method, provider, original);
    const begin = (): Promise<string> => login.authorize(flow, signal);
    const url = await this.#waits.hold(attempt, () => this.watch.during(attempt, "beginning", begin));
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
      const made = await this.watch.during(attempt, "end", () => login.callback(flow, parameters, signal));
      return this.#begin(method, provider, made, { ids: attempt.ids });
    });
  }

  /** The identity of a foreign credential. */
  async exchange(attempt: LoginAttempt, credential: string): Promise<Identity> {
    const method = this.#method(attempt.method);
    if (method.exchange === undefined) throw notFound();
    return this.#attempt(attempt, async () => {
      const identity = (await method.exchange?.(credential, attempt.signal)) as Identity;
      this.#tell("auth.login", { method: attempt.method, identity }, { ids: attempt.ids });
      return identity;
    });
  }

  /** Ends a session. @returns where its provider ends its own, if it does */
  async logout(session: Session, { signal, ids }: Pick<LoginAttempt, "signal" | "ids">): Promise<string | undefined> {
    const { method, provider, login } = session;
    await this.sessions.end(session);
    this.#tell("auth.logout", session, { ids });
    const end = this.#options.methods.get(method)?.login?.endSession;
    if (login === undefined || end === undefined) return undefined;
    return end(provider, login, signal).catch((thrown: unknown) => {
      // Here it has ended, and the provider's page would not help.
      const { code, message } = toVexilError(thrown);
      this.#options.refusals.tell({ method, code, reason: message, ids });
      return undefined;
    });
  }

  /** Ends the sessions that a provider's token names. */
  async backChannelLogout(attempt: LoginAttempt, token: string): Promise<void> {
    const { provider, signal } = attempt;
    const { backChannelLogout } = this.#loginAt("revoke", attempt);
    if (backChannelLogout === undefined) throw notFound();
    return this.#attempt(attempt, async () =>
      this.#endOf(attempt, await backChannelLogout(provider, token, signal), true),
    );
  }

  /** Ends the sessions that a provider's page names. */
  async frontChannelLogout(attempt: LoginAttempt, parameters: URLSearchParams): Promise<void> {
    const { provider, client } = attempt;
    const { frontChannelLogout } = this.#loginAt("revoke", attempt);
    if (frontChannelLogout === undefined) throw notFound();
    const over = this.#unproven.begin(client);
    return this.#attempt(attempt, async () =>
      this.#endOf(attempt, await frontChannelLogout(provider, parameters), false),
    ).finally(() => over(true));
  }

  async #begin(method: string, provider: string | undefined, login: Login, how: LoginFacts): Promise<BegunSession> {
    const begun = await this.sessions.begin(method, provider, login);
    this.#tell("auth.login", begun.session, how);
    return begun;
  }

  #endOf({ method, provider }: LoginPlace, ended: EndedSessions, isProven: boolean): Promise<void> {
    if ([ended.sid, ended.sub].some((name = "") => name.length > NAME_CHARACTERS)) {
      throw new VexilError(
        "VEXIL_VALIDATION_REQUEST",
        `revoke: sid and sub have at most ${NAME_CHARACTERS} characters`,
      );
    }
    return this.sessions.endOf(method, provider, ended, isProven);
  }

  #attempt<T>(attempt: LoginAttempt, work: () => Promise<T>): Promise<T> {
    return this.#attempts.run(attempt, () => this.#waits.hold(attempt, work));
  }

  #tell(event: "auth.login" | "auth.logout", caller: NamedCaller, { ids, ...how }: LoginFacts): void {
    logEvent(this.#options.logger, event, { method: caller.method, actor: actorOf(caller), ...how, ...idFields(ids) });
  }

  #method(name: string): AuthenticationMethod {
    const method = this.#options.methods.get(name);
    if (method === undefined) throw notFound();
    return method;
  }

  #loginAt(what: string, { method, provider }: LoginPlace): LoginMethod {
    const login = this.#login(method);
    if (isProviderOf(login, provider)) return login;
    // A place that no provider of the method can have.
    if ((provider === undefined) !== (login.providers === undefined)) throw notFound();
    throw new VexilError("VEXIL_VALIDATION_REQUEST", `${what}: unknown provider`);
  }

  #deviceAt(place: LoginPlace): DeviceLogin {
    const { device } = this.#loginAt("device", place);
    if (device !== undefined && (device.providers?.includes(place.provider ?? "") ?? true)) return device;
    throw new VexilError("VEXIL_NOT_FOUND", "device: there are no logins by device code here");
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

/** The routes of a method that is not enabled are not there. */
function notFound(): VexilError {
  return new VexilError("VEXIL_NOT_FOUND", "Not Found");
}
