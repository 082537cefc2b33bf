import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import type { Gate } from "../access/gate.js";
import type { ColdHandler } from "./cold-handler.js";
import { HotPath } from "./hot-path.js";
import type { ClientLimits } from "./limits/client-limits.js";
import { type CreateFlag, Evaluations } from "./reads/evaluations.js";
import type { ReadServices } from "./reads/read-services.js";
import type { ReadSnapshots } from "./reads/read-snapshots.js";
import { HotRouteCounts } from "./reads/route-counts.js";
import { SnapshotCounts } from "./reads/snapshot-counts.js";
import { StreamHub, type StreamHubOptions } from "./reads/stream-hub.js";
import { series, Tally } from "./reads/tally.js";
import { unknownEnvironment } from "./request-environment.js";
import type { KeptDecisions } from "./rights/kept-decisions.js";
import type { Refusals } from "./rights/refusals.js";

export interface ReadProcessOptions extends Pick<StreamHubOptions, "heartbeatMs" | "stallMs"> {
  readonly snapshots: ReadSnapshots;
  readonly gate: Gate;
  readonly limits: ClientLimits;
  readonly decisions: KeptDecisions;
  readonly refusals: Refusals;
  readonly logger: Logger;
  readonly past: ColdHandler;
  /** Other flags than the usual ones: those that tell of their evaluations. */
  readonly createFlag?: CreateFlag | undefined;
  readonly within?: ReadServices["within"];
  readonly later?: ReadServices["later"] | undefined;
}

/** Parts of a process that answers reads, whether it is a worker or the only one. */
export interface ReadProcess {
  readonly services: ReadServices;
  readonly hotPath: HotPath;
  readonly hub: StreamHub;
  readonly tally: Tally;
  /** Namespaces have a new state, which is stored already, or are no more. */
  published(environment: string, namespaces: Iterable<string>): void;
  /** An environment is no more. */
  removed(environment: string): void;
  /** Decisions about rights may be others from now on: those made so far count no more, for streams either. */
  rightsChanged(): void;
  /** Environments came or went: decisions are made anew, and those that are waited for at most once more. */
  environmentsChanged(): void;
}

export function createReadProcess(options: ReadProcessOptions): ReadProcess {
  const { snapshots, gate, limits, decisions, refusals, logger } = options;
  const tally = new Tally();
  const hub = new StreamHub({
    snapshots,
    heartbeatMs: options.heartbeatMs,
    stallMs: options.stallMs,
    isForATime: () => decisions.isForATime,
    sent: (environment, namespace) => tally.count(series("stream_messages", environment, namespace)),
    dropped: (environment, namespace) => {
      tally.count(series("stream_errors"));
      logEvent(logger, "stream.dropped", { environment, namespace });
    },
  });
  const snapshotCounts = new SnapshotCounts(tally);
  const services: ReadServices = {
    snapshots,
    gate,
    limits,
    decisions,
    refusals,
    hub,
    tally,
    evaluations: new Evaluations(tally, options.createFlag),
    snapshotCounts,
    routeCounts: new HotRouteCounts(tally),
    logger,
    past: options.past,
    within: options.within,
    later: options.later ?? ((work) => work()),
  };
  const hotPath = new HotPath(services);
  const forget = (environment: string, namespace?: string): void => {
    tally.forget(environment, namespace);
    snapshotCounts.forget(environment, namespace);
  };
  const environmentsChanged = (): void => {
    decisions.forget();
    hub.review();
  };
  return {
    services,
    hotPath,
    hub,
    tally,
    published: (environment, namespaces) => {
      const changed = [...namespaces];
      hub.publish(environment, changed);
      const served = snapshots.get(environment)?.snapshot?.namespaces;
      // `default` is evaluated in even where there is none.
      for (const key of changed) if (key !== "default" && served?.has(key) !== true) forget(environment, key);
    },
    removed: (environment) => {
      hub.endEnvironment(environment, unknownEnvironment(environment));
      forget(environment);
    },
    rightsChanged: () => {
      gate.rightsChanged();
      environmentsChanged();
    },
    environmentsChanged,
  };
}
