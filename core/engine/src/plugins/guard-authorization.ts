import type { Authorization } from "@vexil/plugin-api";
import type { GuardScope } from "./guard-scope.js";
import { describe } from "./plugin-error.js";

/** A request waits for it. */
const DECISION_MS = 5000;

/** Stands between the host and a plugin's engine of rights, as `guardBackend` does for backends. */
export function guardAuthorization(authorization: Authorization, guard: GuardScope): Authorization {
  const { keepMs } = authorization;
  return {
    ...(keepMs !== undefined && { keepMs }),
    decide: async (caller, request, signal) => {
      const answer: unknown = await guard.call(
        "decide",
        (own) => authorization.decide(caller, request, own),
        signal,
        DECISION_MS,
      );
      if (typeof answer !== "boolean") throw guard.wrong("decide", `answered ${describe(answer)}`);
      return answer;
    },
    ...(authorization.unmatched !== undefined && {
      unmatched: (callers) => {
        // It warns, no more: one that cannot tell has nothing to say.
        try {
          const told: unknown = authorization.unmatched?.(callers);
          return Array.isArray(told) ? told.filter((reason) => typeof reason === "string") : [];
        } catch {
          return [];
        }
      },
    }),
    close: () => guard.close(() => authorization.close()),
  };
}
