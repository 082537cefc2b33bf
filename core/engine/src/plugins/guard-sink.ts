import type { Sink } from "@vexil/plugin-api";
import type { GuardScope } from "./guard-scope.js";

/** Stands between the host and a plugin's sink, as `guardBackend` does for backends. */
export function guardSink(sink: Sink, guard: GuardScope): Sink {
  const { deliverMs = guard.deadlines.useMs, publish, retain, examine } = sink;
  return {
    deliverMs,
    deliver: (events, { signal }) =>
      guard.call("deliver", (own) => sink.deliver(events, { signal: own }), signal, deliverMs),
    ...(publish && {
      publish: (snapshot, { signal }) =>
        guard.call("publish", (own) => publish.call(sink, snapshot, { signal: own }), signal, deliverMs),
    }),
    ...(retain && {
      retain: (environments, { signal }) =>
        guard.call("retain", (own) => retain.call(sink, environments, { signal: own }), signal, deliverMs),
    }),
    ...(examine && {
      examine: ({ signal }) => guard.call("examine", (own) => examine.call(sink, { signal: own }), signal, deliverMs),
    }),
    close: () => guard.close(() => sink.close()),
  };
}
