import {
  type AuthenticationMethod,
  type DeviceLogin,
  type EndedSessions,
  type Login,
  type LoginFlow,
  type LoginMethod,
  type ProviderSession,
  VexilError,
} from "@vexil/plugin-api";
import type { OidcProvider } from "./oidc-provider.js";

/** Logs users in at any of several providers. */
export class OidcMethod implements AuthenticationMethod {
  readonly login: LoginMethod;
  readonly #end: () => void;

  /** @param end ends the requests that are under way */
  constructor(providers: ReadonlyMap<string, OidcProvider>, end: () => void) {
    this.login = new OidcLogin(providers);
    this.#end = end;
  }

  async close(): Promise<void> {
    this.#end();
  }
}

class OidcLogin implements LoginMethod {
  readonly providers: readonly string[];
  readonly device: DeviceLogin | undefined;
  readonly #providers: ReadonlyMap<string, OidcProvider>;

  constructor(providers: ReadonlyMap<string, OidcProvider>) {
    this.providers = [...providers.keys()];
    this.#providers = providers;
    this.device = deviceLogin(new Map([...providers].filter(([, { hasDeviceLogins }]) => hasDeviceLogins)));
  }

  async authorize(flow: LoginFlow, signal: AbortSignal): Promise<string> {
    return this.#provider("authorize", flow.provider).authorize(flow, signal);
  }

  async callback(flow: LoginFlow, parameters: URLSearchParams, signal: AbortSignal): Promise<Login> {
    return this.#provider("callback", flow.provider).callback(flow, parameters, signal);
  }

  async recheck(name: string | undefined, login: Login): Promise<void> {
    this.#provider("recheck", name).recheck(login);
  }

  async endSession(
    name: string | undefined,
    session: ProviderSession,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    return this.#provider("revoke", name).endSession(session, signal);
  }

  async backChannelLogout(name: string | undefined, token: string, signal: AbortSignal): Promise<EndedSessions> {
    return this.#provider("revoke", name).backChannelLogout(token, signal);
  }

  frontChannelLogout(name: string | undefined, parameters: URLSearchParams): EndedSessions {
    return this.#provider("revoke", name).frontChannelLogout(parameters);
  }

  #provider(what: string, name: string | undefined): OidcProvider {
    const provider = this.#providers.get(name ?? "");
    if (provider !== undefined) return provider;
    throw new VexilError("VEXIL_VALIDATION_REQUEST", `${what}: unknown provider`);
  }
}

/** @param providers those that have logins by device code */
function deviceLogin(providers: ReadonlyMap<string, OidcProvider>): DeviceLogin | undefined {
  if (providers.size === 0) return undefined;
  const named = (name: string | undefined): OidcProvider => {
    const provider = providers.get(name ?? "");
    if (provider !== undefined) return provider;
    throw new VexilError("VEXIL_NOT_FOUND", "device: there are no logins by device code here");
  };
  return {
    providers: [...providers.keys()],
    begin: async (name, signal) => named(name).beginDevice(signal),
    poll: async (name, deviceCode, signal) => named(name).pollDevice(deviceCode, signal),
  };
}
