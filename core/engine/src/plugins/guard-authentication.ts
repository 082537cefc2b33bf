import type { AuthenticationMethod, DeviceLogin, EndedSessions, Identity, Login, LoginMethod } from "@vexil/plugin-api";
import { checkedFlow, checkedIdentity, checkedSession } from "./check-identity.js";
import type { GuardScope } from "./guard-scope.js";
import { describe } from "./plugin-error.js";

/** A login, or its end: several requests of the provider. */
const LOGIN_MS = 15_000;

/** Stands between the host and a plugin's method of authentication, as `guardBackend` does for backends. */
export function guardAuthentication(method: AuthenticationMethod, guard: GuardScope): AuthenticationMethod {
  const { schemes, login } = method;
  const identity = (call: string, made: unknown): Identity =>
    checkedIdentity(made, (reason) => guard.wrong(call, reason));
  return {
    ...(schemes !== undefined && { schemes: [...schemes] }),
    ...(method.verify !== undefined && {
      verify: async (credential, signal) => {
        const made = await guard.call("verify", (own) => method.verify?.(credential, own), signal);
        return made === undefined ? undefined : identity("verify", made);
      },
    }),
    ...(method.exchange !== undefined && {
      exchange: async (credential, signal) =>
        identity(
          "exchange",
          await guard.call("exchange", (own) => method.exchange?.(credential, own), signal, LOGIN_MS),
        ),
    }),
    ...(login !== undefined && { login: guardLogin(login, guard, identity) }),
    close: () => guard.close(() => method.close()),
  };
}

function guardLogin(
  login: LoginMethod,
  guard: GuardScope,
  identity: (call: string, made: unknown) => Identity,
): LoginMethod {
  const call = <T>(name: string, run: (signal: AbortSignal) => T | Promise<T>, signal?: AbortSignal): Promise<T> =>
    guard.call<T>(name, run, signal, LOGIN_MS);
  const address = (name: string, made: unknown): string => {
    if (typeof made === "string" && URL.canParse(made)) return made;
    throw guard.wrong(name, "answered what is no address");
  };
  const ended = (name: string, made: unknown): EndedSessions => {
    const checked = checkedSession(made, (reason) => guard.wrong(name, reason));
    if (checked.sid === undefined && checked.sub === undefined) throw guard.wrong(name, "names no session");
    return checked;
  };
  const checkedLogin = (name: string, made: unknown): Login => {
    if (typeof made !== "object" || made === null) throw guard.wrong(name, `answered ${describe(made)}`);
    const { identity: who, session } = made as Login;
    return {
      identity: identity(name, who),
      session: session && checkedSession(session, (reason) => guard.wrong(name, reason)),
    };
  };
  return {
    ...(login.providers !== undefined && { providers: [...login.providers] }),
    authorize: async (flow, signal) =>
      address("authorize", await call("authorize", (own) => login.authorize(flow, own), signal)),
    callback: async (flow, parameters, signal) =>
      checkedLogin("callback", await call("callback", (own) => login.callback(flow, parameters, own), signal)),
    ...(login.device !== undefined && { device: guardDevice(login.device, guard, checkedLogin) }),
    ...(login.recheck !== undefined && {
      recheck: async (provider, made) => {
        await call("recheck", async () => login.recheck?.(provider, made));
      },
    }),
    ...(login.endSession !== undefined && {
      endSession: async (provider, session, signal) => {
        const made = await call("endSession", (own) => login.endSession?.(provider, session, own), signal);
        return made === undefined ? undefined : address("endSession", made);
      },
    }),
    ...(login.backChannelLogout !== undefined && {
      backChannelLogout: async (provider, token, signal) =>
        ended(
          "backChannelLogout",
          await call("backChannelLogout", (own) => login.backChannelLogout?.(provider, token, own), signal),
        ),
    }),
    ...(login.frontChannelLogout !== undefined && {
      frontChannelLogout: async (provider, parameters) =>
        ended(
          "frontChannelLogout",
          await call("frontChannelLogout", () => login.frontChannelLogout?.(provider, parameters)),
        ),
    }),
  };
}

function guardDevice(
  device: DeviceLogin,
  guard: GuardScope,
  login: (call: string, made: unknown) => Login,
): DeviceLogin {
  return {
    ...(device.providers !== undefined && { providers: [...device.providers] }),
    begin: async (provider, signal) => {
      const made = await guard.call("device.begin", (own) => device.begin(provider, own), signal, LOGIN_MS);
      return checkedFlow(made, (reason) => guard.wrong("device.begin", reason));
    },
    poll: async (provider, deviceCode, signal) => {
      const made = await guard.call("device.poll", (own) => device.poll(provider, deviceCode, own), signal, LOGIN_MS);
      return made === "pending" || made === "slow_down" ? made : login("device.poll", made);
    },
  };
}
