import type { Authenticator, Channel } from "@vexil/plugin-api";
import { LONGEST_TIMER_MS } from "@vexil/plugin-api/signal-within";
import type { GuardScope } from "./guard-scope.js";
import { describe } from "./plugin-error.js";

const CHANNEL = ["stdin", "stdout", "stderr", "exit", "close"] as const;

/** A token and a field value (RFC 9110 §5.6.2, §5.5). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A header that an HTTP client would refuse, in words without its value. */
function headerFault(headers: Readonly<Record<string, string>>): string | undefined {
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name)) return "a header's name is empty or has characters that names must not have";
    if (/[\r\n]/.test(value)) return `the value of ${name} has a line break (a credential read from a file?)`;
    if (!VALUE.test(value)) return `the value of ${name} has characters that headers must not have`;
  }
  return undefined;
}

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
        const fault = headerFault(headers);
        if (fault !== undefined) throw guard.error(`headers answered what cannot be sent: ${fault}`);
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
        LONGEST_TIMER_MS,
      );
      if (!CHANNEL.every((member) => channel?.[member] !== undefined)) {
        throw guard.error(`open answered ${describe(channel)} and no channel`);
      }
      return channel;
    },
    close,
  };
}
