import type { MetricEntry } from "./metric-entry.js";

/** A metric that is made of the tally: counters by series of that name, histograms of its latencies. */
export interface TallyMetric extends MetricEntry {
  readonly name: string;
  readonly type: "counter" | "histogram";
  /** The name in the tally. */
  readonly series: string;
  /** Observations are kept in milliseconds; some metrics show seconds. */
  readonly unit?: "seconds";
}

const PLACE = ["flipt_environment", "flipt_namespace"] as const;
const FLAG = [...PLACE, "flipt_flag"] as const;
const RESULT = [...FLAG, "flipt_flag_type", "flipt_match", "flipt_reason", "flipt_segments", "flipt_value"] as const;
const GIT = ["remote", "branch"] as const;

const counter = (name: string, series: string, labels: readonly string[], help: string): TallyMetric => ({
  name,
  series,
  labels,
  help,
  type: "counter",
});
const histogram = (name: string, series: string, labels: readonly string[], help: string): TallyMetric => ({
  name,
  series,
  labels,
  help,
  type: "histogram",
});

/** Evaluations asked for: those with a result and those that failed. */
export const REQUESTS = {
  name: "flipt_evaluations_requests_total",
  type: "counter",
  labels: FLAG,
  help: "Evaluations asked for.",
} as const;

/** Every other metric that is counted as things happen (names that begin with `flipt_` are the compatible system's). */
export const TALLY_METRICS: readonly TallyMetric[] = [
  counter("flipt_evaluations_errors_total", "evaluation_errors", FLAG, "Evaluations that failed."),
  counter("flipt_evaluations_results_total", "evaluation_results", RESULT, "Evaluations by result."),
  histogram("flipt_evaluations_latency_milliseconds", "evaluation_latency", PLACE, "Time of one evaluation."),
  counter("vexil_past_evaluations_total", "past_evaluations", ["flipt_environment"], "Evaluations at past states."),
  counter("flipt_evaluations_snapshot_requests_total", "snapshot_requests", PLACE, "Snapshots asked for."),
  counter(
    "flipt_evaluations_snapshot_errors_total",
    "snapshot_errors",
    ["flipt_environment"],
    "Snapshots that were not found.",
  ),
  histogram(
    "flipt_evaluations_snapshot_latency_milliseconds",
    "snapshot_latency",
    ["flipt_environment"],
    "Time of a snapshot's answer.",
  ),
  counter("flipt_evaluations_stream_requests_total", "stream_requests", PLACE, "Streams opened."),
  counter("flipt_evaluations_stream_errors_total", "stream_errors", [], "Streams that failed."),
  counter("flipt_evaluations_stream_messages_total", "stream_messages", PLACE, "Messages sent on streams."),
  histogram(
    "flipt_evaluations_stream_latency_milliseconds",
    "stream_latency",
    ["flipt_environment"],
    "Time until a stream is open.",
  ),
  counter(
    "vexil_http_requests_total",
    "http_requests",
    ["route", "method", "status"],
    "Requests answered; an empty route is none that there is.",
  ),
  {
    ...histogram(
      "vexil_http_request_duration_seconds",
      "http_duration",
      ["route", "method"],
      "Time from a request's head until its answer is handed to the connection, or its stream is open.",
    ),
    unit: "seconds",
  },
  counter("vexil_auth_total", "auth", ["method", "result"], "Credentials verified, logins and logouts."),
  counter("vexil_http_refused_total", "refused", ["reason"], "Requests refused because of a limit."),
  counter("flipt_server_errors_total", "server_errors", [], "Requests that failed because of a defect."),
  counter("flipt_git_views_total", "git_views", GIT, "Management reads."),
  counter("flipt_git_view_errors_total", "git_view_errors", GIT, "Management reads that failed."),
  histogram("flipt_git_view_latency_milliseconds", "git_view_latency", GIT, "Time of a management read."),
  counter("flipt_git_updates_total", "git_updates", GIT, "Writes."),
  counter("flipt_git_update_errors_total", "git_update_errors", GIT, "Writes that failed."),
  histogram("flipt_git_update_latency_milliseconds", "git_update_latency", GIT, "Time of a write."),
  counter("flipt_git_poll_errors_total", "git_poll_errors", [], "Polls that failed."),
  counter(
    "flipt_git_update_subscribers_errors_total",
    "git_update_subscribers_errors",
    [],
    "Changes that could not be announced.",
  ),
  counter(
    "vexil_telemetry_items_total",
    "telemetry_items",
    ["signal", "result"],
    "Spans, data points and log records for the collector, by what became of them.",
  ),
  counter(
    "vexil_metric_series_dropped_total",
    "series_dropped",
    [],
    "Times that something was not counted, since a process has too many series.",
  ),
  counter("vexil_fetch_bytes_total", "fetch_bytes", ["storage"], "Bytes received from remotes."),
  counter("vexil_retries_total", "retries", ["storage"], "Polls that will be tried again after a failure."),
  counter("vexil_write_conflicts_total", "write_conflicts", [], "Writes refused because of another change."),
  { ...histogram("vexil_fetch_duration_seconds", "fetch_duration", ["storage"], "Time of a poll."), unit: "seconds" },
  {
    ...histogram("vexil_build_duration_seconds", "build_duration", ["storage"], "Time of a snapshot's build."),
    unit: "seconds",
  },
  {
    ...histogram("vexil_publish_duration_seconds", "publish_duration", [], "Time until a change is served by all."),
    unit: "seconds",
  },
];
