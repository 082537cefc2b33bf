import type { MetricEntry } from "./metric-entry.js";

const gauge = (labels: readonly string[], help: string): MetricEntry => ({ type: "gauge", labels, help });

/** Every gauge of the daemon; `gauges.ts` has their values. */
export const GAUGES = {
  vexil_build_info: gauge(["version", "node"], "The program that runs, in its labels."),
  flipt_evaluations_streams_in_progress: gauge(["environment", "namespace"], "Streams open now."),
  vexil_stream_subscribers: gauge([], "Streams open now, all together."),
  vexil_event_streams: gauge([], "Streams of `/api/v2/events` open now."),
  vexil_workers: gauge([], "Processes that answer reads."),
  vexil_write_queue_length: gauge([], "Writes that have not been answered yet."),
  vexil_sessions_shared: gauge(
    ["place"],
    "1 while ends of sessions are exchanged with other daemons, 0 while the place for that is away.",
  ),
  vexil_sessions_untold: gauge(["place"], "Ends of sessions that other daemons do not know of yet."),
  vexil_login_provider_up: gauge(["method", "provider"], "1 while a provider of logins answers, 0 while it does not."),
  vexil_policies_rejected: gauge(
    ["storage"],
    "1 while the newest policies of the repository are refused, so that those before count; else 0.",
  ),
  vexil_edge_connected: gauge(
    ["upstream"],
    "Of an edge: 1 while it is told of its upstream's changes, 0 while it is not.",
  ),
  vexil_flags: gauge(["environment", "namespace"], "Flags served."),
  vexil_flags_stale: gauge(
    ["environment", "namespace", "reason"],
    "Flags that for 30 days nobody has asked for, or that gave all the same answer, or whose metadata.expires is past.",
  ),
  flipt_git_branches_total: gauge(["remote"], "Branches followed."),
  vexil_storage_state: gauge(["storage", "state"], "State of a storage: 1 for the one it has, 0 for the others."),
  vexil_storage_quarantined_files: gauge(["storage"], "Files with faults, whose namespaces keep an older state."),
  vexil_storage_failing_tests: gauge(
    ["storage", "enforced"],
    "Tests beside flags that fail, and tests files that cannot be used; enforced ones keep namespaces at an older state.",
  ),
  vexil_storage_lease_held: gauge(
    ["storage"],
    "Of a backend that several daemons share: 1 if this one polls the remote for all.",
  ),
  vexil_storage_next_poll_timestamp_seconds: gauge(["storage"], "When the remote is polled next, about."),
  vexil_storage_last_success_timestamp_seconds: gauge(["storage"], "When the last poll succeeded."),
  vexil_storage_staleness_seconds: gauge(["storage"], "How old what is served may be."),
} as const satisfies Readonly<Record<string, MetricEntry>>;
