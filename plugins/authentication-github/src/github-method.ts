import {
  type AuthenticationMethod,
  currentValue,
  type Logger,
  type Login,
  type LoginFlow,
  type LoginMethod,
  Secret,
} from "@vexil/plugin-api";
import { unauthenticated } from "./faults.js";
import { GithubApi } from "./github-api.js";
import { identityOf, membershipsIn } from "./identity.js";
import { type AllowedMemberships, allowedMemberships, membershipsOf } from "./membership.js";
import { OAuthClient } from "./oauth-client.js";
import { type GithubSettings, ORGANIZATION_SCOPE } from "./settings.js";

/** Logs users in at GitHub, or a GitHub Enterprise Server. */
export class GithubMethod implements AuthenticationMethod {
  readonly login: LoginMethod;
  readonly #settings: GithubSettings;
  readonly #logger: Logger;
  readonly #oauth: OAuthClient;
  readonly #ending = new AbortController();

  constructor(settings: GithubSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
    const redirectAddress = (settings.redirect_address ?? "").replace(/\/+$/, "");
    this.#oauth = new OAuthClient({
      serverUrl: settings.server_url,
      clientId: settings.client_id ?? "",
      redirectUri: `${redirectAddress}/auth/v1/method/github/callback`,
      scopes: settings.scopes,
      usePkce: settings.use_pkce,
    });
    this.login = {
      authorize: (flow, signal) => this.#authorize(flow, signal),
      callback: (flow, parameters, signal) => this.#callback(flow, parameters, signal),
      recheck: async (_provider, login) => this.#recheck(login),
    };
  }

  async close(): Promise<void> {
    this.#ending.abort();
  }

  async #authorize(flow: LoginFlow, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return this.#oauth.authorize(flow);
  }

  async #callback(flow: LoginFlow, parameters: URLSearchParams, signal: AbortSignal): Promise<Login> {
    const ended = AbortSignal.any([signal, this.#ending.signal]);
    ended.throwIfAborted();
    const secret = await currentValue(this.#settings.client_secret ?? new Secret(""), {
      refresh: false,
      logger: this.#logger,
    });
    const accessToken = await this.#oauth.redeem(flow, parameters, secret, ended);
    const api = new GithubApi(this.#settings.api_url, accessToken, ended);
    const user = await api.read("/user");
    const login = typeof user.login === "string" ? user.login : undefined;
    const identity = identityOf(user, await this.#memberships(api, login));
    return { identity, session: { issuer: this.#settings.server_url } };
  }

  /** @throws VexilError unless a login of before is of the same server, and its memberships still let it in */
  #recheck({ identity, session }: Login): void {
    const { server_url: server, allowed_organizations: organizations, allowed_teams: teams } = this.#settings;
    if (session?.issuer !== server) throw unauthenticated("the session began at another server than server_url");
    allowedMemberships(membershipsIn(identity.claims), { organizations, teams }, identity.subject);
  }

  async #memberships(api: GithubApi, login: string | undefined): Promise<AllowedMemberships | undefined> {
    const { scopes, allowed_organizations: organizations, allowed_teams: teams } = this.#settings;
    if (!scopes.includes(ORGANIZATION_SCOPE)) return undefined;
    const [held, inTeams] = await Promise.all([api.list("/user/orgs"), api.list("/user/teams?per_page=100")]);
    return allowedMemberships(membershipsOf(held, inTeams), { organizations, teams }, login);
  }
}
