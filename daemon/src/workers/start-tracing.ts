import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import type { ReadSnapshots } from "../http/reads/read-snapshots.js";
import type { RequestTracing } from "../http/request-tracing.js";
import type { WorkerTracing } from "../telemetry/worker-tracing.js";
import type { FromWorker, WorkerSettings } from "./messages.js";

/** Without traces nothing of them is loaded; where they cannot be made, requests are answered all the same. */
export async function startTracing(
  variables: WorkerSettings["tracing"],
  logger: Logger,
  snapshots: ReadSnapshots,
): Promise<WorkerTracing | undefined> {
  if (variables === undefined) return undefined;
  try {
    const { workerTracing } = await import("../telemetry/worker-tracing.js");
    return workerTracing(
      variables,
      logger,
      (key) => snapshots.get(key)?.snapshot?.revision,
      (spans, dropped) => sent({ type: "spans", spans, dropped }),
    );
  } catch (error) {
    logEvent(logger, "telemetry.off", { signals: ["traces"], reason: toVexilError(error).message });
    return undefined;
  }
}

/** Goes on with requests in their traces. @param tracing undefined: there are none yet */
export function inTraces(tracing: () => WorkerTracing | undefined): Pick<RequestTracing, "within" | "later"> {
  return {
    within: (request, work) => {
      const requests = tracing()?.requests;
      if (requests === undefined) work();
      else requests.within(request, work);
    },
    later: (work) => tracing()?.requests.later(work) ?? work(),
  };
}

/** Resolves when the message has left, or cannot. */
function sent(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}
