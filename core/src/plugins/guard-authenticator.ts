import type { Authenticator, Channel } from "../contract/authenticator.js";
import type { GuardScope } from "./guard-scope.js";
import { describe } from "./plugin-error.js";

const CHANNEL = ["stdin", "stdout", "stderr", "exit", "close"] as const;

/** The longest that a timer takes: about 25 days. */
const LONGEST_MS = 2 ** 31 - 1;

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
    open: async (remote, service, env, signal, options) => {
      // How long it may wait for its turn, and how long to connect, is the operation's matter; its signal ends both.
      const channel: Channel = await guard.call(
        "open",
        (own) => authenticator.open(remote, service, env, own, options),
        signal,
        LONGEST_MS,
      );
      if (!CHANNEL.every((member) => channel?.[member] !== undefined)) {
        throw guard.error(`open answered ${describe(channel)} and no channel`);
      }
      return channel;
    },
    close,
  };
}
