import type { Sink } from "@vexil/plugin-api";
import type { GuardScope } from "./guard-scope.js";

/** Stands between the host and a plugin's sink, as `guardBackend` does for backends. */
export function guardSink(sink: Sink, guard: GuardScope): Sink {
  const { deliverMs = guard.deadlines.useMs } = sink;
  return {
    deliverMs,
    deliver: (events, { signal }) =>
      guard.call("deliver", (own) => sink.deliver(events, { signal: own }), signal, deliverMs),
    close: () => guard.close(() => sink.close()),
  };
}
