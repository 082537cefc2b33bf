import { context, DiagLogLevel, diag, propagation, type TextMapPropagator } from "@opentelemetry/api";
import {
  CompositePropagator,
  setGlobalErrorHandler,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from "@opentelemetry/core";
import { redactText } from "@vexil/config/redact";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import { HeldContexts } from "./held-contexts.js";

const PROPAGATORS: Readonly<Record<string, () => TextMapPropagator>> = {
  tracecontext: () => new W3CTraceContextPropagator(),
  baggage: () => new W3CBaggagePropagator(),
};

/** Different remarks that are told; the SDK repeats itself with each export. */
const MOST_REMARKS = 20;

/** Sets up what the SDK keeps for the whole process: contexts, propagators, and where its remarks go. */
export function setUpApi(logger: Logger): HeldContexts {
  const told = new Set<string>();
  const remark = (...parts: readonly unknown[]): void => {
    const reason = redactText(parts.map(String).join(" ")).slice(0, 300);
    if (told.size >= MOST_REMARKS || told.has(reason)) return;
    told.add(reason);
    logEvent(logger, "telemetry.warning", { reason });
  };
  const silent = (): void => undefined;
  diag.setLogger(
    { error: remark, warn: remark, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  // What exporters say is counted and told where they are watched.
  setGlobalErrorHandler(silent);
  const contexts = new HeldContexts();
  context.setGlobalContextManager(contexts);
  propagation.setGlobalPropagator(new CompositePropagator({ propagators: propagators(remark) }));
  return contexts;
}

function propagators(remark: (text: string) => void): TextMapPropagator[] {
  const names = (process.env.OTEL_PROPAGATORS ?? "").split(",").map((name) => name.trim());
  const asked = names.filter((name) => name !== "");
  if (asked.length === 0) return Object.values(PROPAGATORS).map((make) => make());
  return [...new Set(asked)].flatMap((name) => {
    const make = Object.hasOwn(PROPAGATORS, name) ? PROPAGATORS[name] : undefined;
    if (make === undefined && name !== "none") {
      remark(`OTEL_PROPAGATORS: "${name}" is not known (${Object.keys(PROPAGATORS).join(", ")}, none)`);
    }
    return make === undefined ? [] : [make()];
  });
}
