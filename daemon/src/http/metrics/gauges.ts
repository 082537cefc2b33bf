import type { SinkStatus } from "@vexil/engine/model/sink-status";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { StatusReader, StorageStatus } from "@vexil/engine/model/storage-status";
import type { ProviderState } from "../../access/provider-watch.js";
import type { ExchangeState } from "../../access/sessions/exchange/revocation-place.js";
import { version } from "../../version.js";
import type { PolicyState } from "../rights/policy-follower.js";
import type { MetricFamily, Sample } from "./exposition.js";

type Labels = Sample["labels"];
type Value = readonly [value: number, labels?: Labels];

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
}

const STATES: readonly StorageStatus["state"][] = ["starting", "ready", "stale", "failed"];

/** Everything that is as it is now, and not counted. */
export function gauges(
  { snapshots, status, workers, queueLength, policies, exchange, providers }: GaugeSource,
  streams: readonly (readonly [environment: string, namespace: string, count: number])[],
): readonly MetricFamily[] {
  const storages = status.storages();
  const shared = exchange();
  const rights = policies();
  const ofStorages = (value: (storage: StorageStatus) => number | undefined): readonly Value[] =>
    storages.flatMap((storage) => {
      const found = value(storage);
      return found === undefined ? [] : [[found, { storage: storage.id }] as const];
    });
  return [
    gauge("vexil_build_info", "The program that runs, in its labels.", [[1, { version, node: process.versions.node }]]),
    gauge(
      "flipt_evaluations_streams_in_progress",
      "Streams open now.",
      summed(streams.map(([environment, namespace, count]) => [count, { environment, namespace }])),
    ),
    gauge("vexil_stream_subscribers", "Streams open now, all together.", [
      [streams.reduce((sum, [, , count]) => sum + count, 0)],
    ]),
    gauge("vexil_workers", "Processes that answer reads.", [[workers()]]),
    gauge("vexil_write_queue_length", "Writes that have not been answered yet.", [[queueLength()]]),
    gauge(
      "vexil_sessions_shared",
      "1 while ends of sessions are exchanged with other daemons, 0 while the place for that is away.",
      shared === undefined ? [] : [[Number(shared.isConnected), { place: shared.place }]],
    ),
    gauge(
      "vexil_sessions_untold",
      "Ends of sessions that other daemons do not know of yet.",
      shared === undefined ? [] : [[shared.untold, { place: shared.place }]],
    ),
    gauge(
      "vexil_login_provider_up",
      "1 while a provider of logins answers, 0 while it does not.",
      providers().map(({ method, provider = "", isAway }) => [Number(!isAway), { method, provider }]),
    ),
    gauge(
      "vexil_policies_rejected",
      "1 while the newest policies of the repository are refused, so that those before count; else 0.",
      rights === undefined ? [] : [[Number(rights.isRejected), { storage: rights.storage }]],
    ),
    gauge("vexil_flags", "Flags served.", flagCounts(snapshots)),
    gauge(
      "flipt_git_branches_total",
      "Branches followed.",
      summed(snapshots.all().map(({ info }) => [1, { remote: info.remote ?? "" }])),
    ),
    gauge(
      "vexil_storage_state",
      "State of a storage: 1 for the one it has, 0 for the others.",
      storages.flatMap(({ id, state }) => STATES.map((one) => [Number(one === state), { storage: id, state: one }])),
    ),
    gauge(
      "vexil_storage_quarantined_files",
      "Files with faults, whose namespaces keep an older state.",
      ofStorages(({ quarantined }) => new Set(quarantined.map(({ file }) => file)).size),
    ),
    gauge(
      "vexil_storage_failing_tests",
      "Tests beside flags that fail, and tests files that cannot be used; enforced ones keep namespaces at an older state.",
      failingTestCounts(storages),
    ),
    gauge(
      "vexil_storage_lease_held",
      "Of a backend that several daemons share: 1 if this one polls the remote for all.",
      ofStorages(({ leaseHeld }) => (leaseHeld === undefined ? undefined : Number(leaseHeld))),
    ),
    gauge(
      "vexil_storage_next_poll_timestamp_seconds",
      "When the remote is polled next, about.",
      ofStorages(({ nextPoll }) => seconds(nextPoll)),
    ),
    gauge(
      "vexil_storage_last_success_timestamp_seconds",
      "When the last poll succeeded.",
      ofStorages(({ lastSuccess }) => seconds(lastSuccess)),
    ),
    gauge(
      "vexil_storage_staleness_seconds",
      "How old what is served may be.",
      ofStorages(({ stalenessSeconds }) => stalenessSeconds),
    ),
  ];
}

function gauge(name: string, help: string, values: readonly Value[]): MetricFamily {
  const samples = values.map(([value, labels = {}]) => ({ metricName: name, labels, value }));
  return { name, help, type: "gauge", samples };
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
