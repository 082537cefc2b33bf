import type { Level, LogFields, Logger } from "@vexil/plugin-api";
import type { VexilError } from "@vexil/plugin-api/errors";
import { token } from "../di/token.js";
import { type FetchPolicy, policyOf } from "../model/error-policy.js";
import type { SyncEvent } from "../model/events.js";
import { stepOf } from "../model/failure-step.js";
import type { StorageSummary } from "../model/storage-status.js";
import { NO_FAILING_TESTS } from "../storage/state/failing-tests.js";
import { logEvent } from "./catalogue.js";
import { FailureSeries } from "./failure-series.js";
import { FaultLines } from "./fault-lines.js";
import { StateLines } from "./state-lines.js";
import { TestLines } from "./test-lines.js";

export const EventLogToken = token<EventLog>("event-log");

/**
 * Turns what happens to storages into log lines: the only place that decides level, message and fields.
 * debug: nothing changed; info: something changed; warn: will be retried; error: needs an operator.
 */
export class EventLog {
  readonly #logger: Logger;
  readonly #policy: (storage: string) => FetchPolicy;
  readonly #states: StateLines;
  readonly #series = new FailureSeries();
  readonly #faults: FaultLines;
  readonly #tests: TestLines;

  constructor(logger: Logger, policy: (storage: string) => FetchPolicy) {
    this.#logger = logger;
    this.#policy = policy;
    this.#faults = new FaultLines(logger);
    this.#states = new StateLines(logger);
    this.#tests = new TestLines(logger);
  }

  /** @param status of the event's storage, with the event applied */
  apply(event: SyncEvent, status: StorageSummary | undefined): void {
    this.#line(event);
    if (status !== undefined) this.#states.apply(status);
  }

  #line(event: SyncEvent): void {
    const base: LogFields = {
      storage: event.storage,
      ...(event.correlationId === undefined ? {} : { correlation_id: event.correlationId }),
      ...(event.correlationIds === undefined ? {} : { correlation_ids: event.correlationIds }),
      ...(event.requestId === undefined ? {} : { request_id: event.requestId }),
      ...(event.requestIds === undefined ? {} : { request_ids: event.requestIds }),
    };
    switch (event.type) {
      case "snapshot.built":
        logEvent(this.#logger, event.type, {
          ...base,
          environments: event.environments,
          revision: event.revision,
          files: event.files,
          flags: event.flags,
          quarantined: event.quarantined.length,
          ...(event.unread.length === 0 ? {} : { unread: event.unread.length }),
          duration_ms: round(event.durationMs),
        });
        this.#faults.quarantine(event.storage, event.branch, event, base);
        this.#tests.tell(event.storage, event.branch, event.tests, base);
        break;
      case "fetch.succeeded":
        this.#success(`fetch ${event.storage}`, event.type, event.changed, {
          ...base,
          revision: event.revision,
          changed: event.changed,
          size_bytes: event.bytes,
          duration_ms: round(event.durationMs),
          next_poll_ms: Math.max(0, Math.round(event.nextAt - event.at)),
        });
        break;
      case "fetch.failed":
        this.#failure(
          `fetch ${event.storage}`,
          policyOf(event.error).pollLevel[this.#policy(event.storage)],
          event.type,
          event.error,
          { ...base, next_poll_ms: Math.max(0, Math.round(event.nextAt - event.at)) },
        );
        break;
      case "rebuild.succeeded":
        this.#success(`rebuild ${event.storage}`, event.type, event.changed, {
          ...base,
          revision: event.revision,
          changed: event.changed,
          ...(event.uncommitted.length > 0 ? { uncommitted: event.uncommitted } : {}),
          ...(event.blocked === undefined ? {} : { blocked: event.blocked.reason }),
        });
        break;
      case "rebuild.failed":
        this.#failure(`rebuild ${event.storage}`, "error", event.type, event.error, base);
        break;
      case "open.failed":
        this.#failure(`open ${event.storage}`, "warn", event.type, event.error, {
          ...base,
          next_try_ms: Math.max(0, Math.round(event.nextAt - event.at)),
        });
        break;
      case "write.committed":
        this.#success(writeSeries(event), event.type, true, {
          ...base,
          ...actorField(event),
          environment: event.environment,
          revision: event.revision,
          summary: event.summary,
          pushed: event.pushed,
          duration_ms: round(event.durationMs),
        });
        break;
      case "write.unchanged":
        logEvent(this.#logger, event.type, {
          ...base,
          ...actorField(event),
          environment: event.environment,
          revision: event.revision,
        });
        break;
      case "nudge.answered":
      case "phase.changed":
      case "poll.began":
        break;
      case "write.failed":
        this.#failure(writeSeries(event), policyOf(event.error).writeLevel, event.type, event.error, {
          ...base,
          ...actorField(event),
          environment: event.environment,
          ...fileOf(event.error),
        });
        break;
      case "push.succeeded":
        logEvent(this.#logger, event.type, {
          ...base,
          ref: event.ref,
          revision: event.revision,
          commits: event.commits,
          duration_ms: round(event.durationMs),
        });
        break;
      case "lease.changed":
        logEvent(this.#logger, event.type, { ...base, held: event.held });
        break;
      case "commit.kept":
        logEvent(this.#logger, event.type, {
          ...base,
          commit: event.commit,
          ref: event.ref,
          reason: event.reason,
        });
        break;
      case "branch.seeded":
        logEvent(this.#logger, event.type, {
          ...base,
          branch: event.branch,
          revision: event.revision,
          pushed: event.pushed,
        });
        break;
      case "namespaces.unserved":
        this.#faults.unserved(event.storage, event, base);
        break;
      case "directories.missing":
        this.#faults.missing(event.storage, event.missing, base);
        break;
      case "branches.limited":
        for (const { environment, limit, count, names } of event.overLimit) {
          logEvent(this.#logger, event.type, { ...base, environment, limit, count, names });
        }
        break;
      case "branch.appeared":
      case "branch.vanished":
        logEvent(this.#logger, event.type, {
          ...base,
          ...actorField(event),
          environment: event.environment,
          ref: event.ref,
        });
        if (event.type === "branch.vanished") {
          const branch = event.ref.replace("refs/remotes/origin/", "");
          this.#faults.quarantine(event.storage, branch, { quarantined: [], unread: [] }, base);
          this.#tests.tell(event.storage, branch, NO_FAILING_TESTS, base);
        }
        break;
      default:
        event satisfies never;
    }
  }

  /** The end of a series of failures is a line even where nothing else has changed. */
  #success(
    series: string,
    event: "fetch.succeeded" | "rebuild.succeeded" | "write.committed",
    hasChanged: boolean,
    fields: LogFields,
  ): void {
    const repeated = this.#series.end(series);
    const level = hasChanged || repeated > 0 ? "info" : "debug";
    logEvent(this.#logger, event, { ...fields, ...(repeated > 0 ? { repeated } : {}) }, level);
  }

  #failure(
    series: string,
    level: Level,
    event: "fetch.failed" | "open.failed" | "rebuild.failed" | "write.failed",
    error: VexilError,
    fields: LogFields,
  ): void {
    const repeated = this.#series.next(series, `${error.code} ${error.message}`);
    if (repeated === undefined) return;
    logEvent(this.#logger, event, { ...fields, ...errorFields(error), ...(repeated > 1 ? { repeated } : {}) }, level);
  }
}

function errorFields(error: VexilError): LogFields {
  return { code: error.code, step: stepOf(error), retryable: error.retryable, reason: error.message };
}

/** Each caller has its own: whose writes failed, and how often, is asked about later. */
function writeSeries({ storage, actor = "" }: { readonly storage: string; readonly actor?: string }): string {
  return `write ${storage} ${actor}`;
}

function actorField({ actor }: { readonly actor?: string }): LogFields {
  return actor === undefined ? {} : { actor };
}

/** The file that a conflict is about: whoever looks into it finds it by that. */
function fileOf({ details }: VexilError): LogFields {
  return typeof details.file === "string" ? { file: details.file } : {};
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
