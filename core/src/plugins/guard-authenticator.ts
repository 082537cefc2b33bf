import type { Authenticator, Channel } from "../contract/authenticator.js";
import type { GuardScope } from "./guard-scope.js";
import { describe } from "./plugin-error.js";

const CHANNEL = ["stdin", "stdout", "stderr", "exit", "close"] as const;

/** Stands between the host and a plugin's authenticator, as `guardBackend` does for backends. */
export function guardAuthenticator(authenticator: Authenticator, guard: GuardScope): Authenticator {
  const close = (): Promise<void> => guard.close(() => authenticator.close());
  if (authenticator.type === "http") {
    return {
      type: "http",
      ...(authenticator.refreshable !== undefined && { refreshable: authenticator.refreshable }),
      headers: async (origin, options, signal) => {
        const headers = await guard.call("headers", (own) => authenticator.headers(origin, options, own), signal);
        const wrong = typeof headers !== "object" || headers === null ? [headers] : Object.values(headers);
        // Only the kind of value is named: a header may be a secret.
        if (wrong.some((value) => typeof value !== "string")) throw guard.error("headers answered what is no headers");
        return headers;
      },
      close,
    };
  }
  return {
    type: "stream",
    open: async (remote, service, env, signal) => {
      const opening = guard.call("open", (own) => authenticator.open(remote, service, env, own), signal);
      const channel: Channel = await opening;
      if (!CHANNEL.every((member) => channel?.[member] !== undefined)) {
        throw guard.error(`open answered ${describe(channel)} and no channel`);
      }
      return channel;
    },
    close,
  };
}
