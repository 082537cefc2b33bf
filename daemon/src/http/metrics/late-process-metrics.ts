import type { ProcessMetrics } from "./process-metrics.js";

/** They begin with the process, but its start does not wait for the library that collects them. */
const AFTER_MS = 1000;

/** The metrics of this process, made a moment after its start or when somebody asks first. */
export function processMetrics(): () => Promise<ProcessMetrics> {
  let made: Promise<ProcessMetrics> | undefined;
  const get = (): Promise<ProcessMetrics> => {
    made ??= import("./process-metrics.js").then(({ ProcessMetrics: Loaded }) => new Loaded());
    return made;
  };
  setTimeout(() => void get().catch(() => undefined), AFTER_MS).unref();
  return get;
}
