import type { Answers } from "@vexil/engine/answers";
import type { SyncEvent } from "@vexil/engine/model/events";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { EventLog } from "@vexil/engine/observe/log-events";
import type { StatusBoard } from "@vexil/engine/observe/status-board";
import type { Logger } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import { countEvent } from "./http/metrics/count-events.js";
import type { Tally } from "./http/reads/tally.js";
import type { RightsEngine } from "./http/rights/rights-engine.js";
import type { Tracing } from "./telemetry/tracing.js";

/** All that goes by what happens to storages. */
export interface EventReceivers {
  /** Undefined: there are no traces. */
  readonly tracing?: Pick<Tracing, "apply"> | undefined;
  readonly tally: Tally;
  readonly status: Pick<StatusBoard, "apply" | "summary">;
  readonly eventLog: Pick<EventLog, "apply">;
  readonly rights: Pick<RightsEngine, "apply">;
  readonly answers: Pick<Answers, "apply">;
  readonly logger: Logger;
}

/** Passes an event to traces, metrics, status, log, rights and answers, in this order. Never throws: a defect of one is logged. */
export function passEvent(
  event: SyncEvent,
  { tracing, tally, status, eventLog, rights, answers, logger }: EventReceivers,
): void {
  try {
    // Before the log, whose lines name the span.
    tracing?.apply(event);
    countEvent(tally, event);
    status.apply(event);
    eventLog.apply(event, status.summary(event.storage));
    rights.apply(event);
  } catch (thrown) {
    tellDefect(event, thrown, logger);
  } finally {
    // Last: who gets an answer finds the rest done; and in any case, as nobody else answers.
    answers.apply(event);
  }
}

function tellDefect({ storage, type }: SyncEvent, thrown: unknown, logger: Logger): void {
  const { code, message } = toVexilError(thrown);
  const stack = thrown instanceof Error ? { stack: thrown.stack } : {};
  logEvent(logger, "daemon.defect", { storage, type, code, reason: message, ...stack });
}
