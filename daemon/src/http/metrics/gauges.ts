import type { SinkStatus } from "@vexil/engine/model/sink-status";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { StatusReader, StorageStatus } from "@vexil/engine/model/storage-status";
import type { ProviderState } from "../../access/provider-watch.js";
import type { ExchangeState } from "../../access/sessions/exchange/revocation-place.js";
import type { EdgeState } from "../../edge/edge-state.js";
import type { StaleCount } from "../../usage/stale-counts.js";
import { version } from "../../version.js";
import type { PolicyState } from "../rights/policy-follower.js";
import type { MetricFamily } from "./exposition.js";
import { GAUGES } from "./gauge-catalogue.js";
import { families, type Value } from "./metric-entry.js";

/** Sources of the gauges. */
export interface GaugeSource {
  readonly snapshots: SnapshotReader;
  readonly status: StatusReader;
  readonly workers: () => number;
  readonly queueLength: () => number;
  /** Undefined: no policies come from a repository. */
  readonly policies: () => PolicyState | undefined;
  /** Undefined: ends of sessions are not exchanged with other daemons. */
  readonly exchange: () => ExchangeState | undefined;
  readonly providers: () => readonly ProviderState[];
  readonly sinks: () => readonly SinkStatus[];
  /** Streams of `/api/v2/events`. */
  readonly eventStreams: () => number;
  /** Undefined: it is no edge. */
  readonly edge: () => EdgeState | undefined;
  readonly staleFlags: () => readonly StaleCount[];
}

const STATES: readonly StorageStatus["state"][] = ["starting", "ready", "stale", "failed"];

/** Everything that is as it is now, and not counted. */
export function gauges(
  {
    snapshots,
    status,
    workers,
    queueLength,
    policies,
    exchange,
    providers,
    eventStreams,
    staleFlags,
    edge,
  }: GaugeSource,
  streams: readonly (readonly [environment: string, namespace: string, count: number])[],
): readonly MetricFamily[] {
  const storages = status.storages();
  const shared = exchange();
  const rights = policies();
  const upstream = edge();
  const ofStorages = (value: (storage: StorageStatus) => number | undefined): readonly Value[] =>
    storages.flatMap((storage) => {
      const found = value(storage);
      return found === undefined ? [] : [[found, { storage: storage.id }] as const];
    });
  return families(GAUGES, {
    vexil_build_info: [[1, { version, node: process.versions.node }]],
    flipt_evaluations_streams_in_progress: summed(
      streams.map(([environment, namespace, count]) => [count, { environment, namespace }]),
    ),
    vexil_stream_subscribers: [[streams.reduce((sum, [, , count]) => sum + count, 0)]],
    vexil_event_streams: [[eventStreams()]],
    vexil_workers: [[workers()]],
    vexil_write_queue_length: [[queueLength()]],
    vexil_sessions_shared: shared === undefined ? [] : [[Number(shared.isConnected), { place: shared.place }]],
    vexil_sessions_untold: shared === undefined ? [] : [[shared.untold, { place: shared.place }]],
    vexil_login_provider_up: providers().map(({ method, provider = "", isAway }) => [
      Number(!isAway),
      { method, provider },
    ]),
    vexil_policies_rejected: rights === undefined ? [] : [[Number(rights.isRejected), { storage: rights.storage }]],
    vexil_edge_connected:
      upstream === undefined ? [] : [[Number(upstream.isConnected), { upstream: upstream.upstream }]],
    vexil_flags: flagCounts(snapshots),
    vexil_flags_stale: staleFlags().map(([environment, namespace, reason, count]) => [
      count,
      { environment, namespace, reason },
    ]),
    flipt_git_branches_total: summed(snapshots.all().map(({ info }) => [1, { remote: info.remote ?? "" }])),
    vexil_storage_state: storages.flatMap(({ id, state }) =>
      STATES.map((one): Value => [Number(one === state), { storage: id, state: one }]),
    ),
    vexil_storage_quarantined_files: ofStorages(({ quarantined }) => new Set(quarantined.map(({ file }) => file)).size),
    vexil_storage_failing_tests: failingTestCounts(storages),
    vexil_storage_lease_held: ofStorages(({ leaseHeld }) => (leaseHeld === undefined ? undefined : Number(leaseHeld))),
    vexil_storage_next_poll_timestamp_seconds: ofStorages(({ nextPoll }) => seconds(nextPoll)),
    vexil_storage_last_success_timestamp_seconds: ofStorages(({ lastSuccess }) => seconds(lastSuccess)),
    vexil_storage_staleness_seconds: ofStorages(({ stalenessSeconds }) => stalenessSeconds),
  });
}

function failingTestCounts(storages: readonly StorageStatus[]): readonly Value[] {
  return storages.flatMap(({ id, tests }) =>
    [true, false].map((enforced) => {
      const failing = tests?.failing.filter((one) => one.enforced === enforced) ?? [];
      return [failing.length, { storage: id, enforced: String(enforced) }] as const;
    }),
  );
}

function flagCounts(snapshots: SnapshotReader): readonly Value[] {
  return snapshots
    .all()
    .flatMap(({ info, snapshot }) =>
      [...(snapshot?.namespaces ?? [])].map(
        ([namespace, { flags }]) => [flags.size, { environment: info.key, namespace }] as const,
      ),
    );
}

type Labels = NonNullable<Value[1]>;

/** Values with the same labels become one. */
function summed(values: readonly (readonly [number, Labels])[]): readonly Value[] {
  const sums = new Map<string, [number, Labels]>();
  for (const [value, labels] of values) {
    const key = JSON.stringify(labels);
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, [value, labels]);
    else sum[0] += value;
  }
  return [...sums.values()];
}

function seconds(epochMs: number | undefined): number | undefined {
  return epochMs === undefined ? undefined : epochMs / 1000;
}
