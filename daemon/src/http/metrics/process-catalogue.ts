import type { MetricEntry } from "./metric-entry.js";

const of = (type: MetricEntry["type"], labels: readonly string[], help: string): MetricEntry => ({
  type,
  labels: [...labels, "worker"],
  help,
});

/** The metrics of processes that prom-client collects under Linux, with its own words. */
export const PROCESS_METRICS = {
  nodejs_active_handles: of(
    "gauge",
    ["type"],
    "Number of active libuv handles grouped by handle type. Every handle type is C++ class name.",
  ),
  nodejs_active_handles_total: of("gauge", [], "Total number of active handles."),
  nodejs_active_requests: of(
    "gauge",
    ["type"],
    "Number of active libuv requests grouped by request type. Every request type is C++ class name.",
  ),
  nodejs_active_requests_total: of("gauge", [], "Total number of active requests."),
  nodejs_active_resources: of(
    "gauge",
    ["type"],
    "Number of active resources that are currently keeping the event loop alive, grouped by async resource type.",
  ),
  nodejs_active_resources_total: of("gauge", [], "Total number of active resources."),
  nodejs_eventloop_lag_max_seconds: of("gauge", [], "The maximum recorded event loop delay."),
  nodejs_eventloop_lag_mean_seconds: of("gauge", [], "The mean of the recorded event loop delays."),
  nodejs_eventloop_lag_min_seconds: of("gauge", [], "The minimum recorded event loop delay."),
  nodejs_eventloop_lag_p50_seconds: of("gauge", [], "The 50th percentile of the recorded event loop delays."),
  nodejs_eventloop_lag_p90_seconds: of("gauge", [], "The 90th percentile of the recorded event loop delays."),
  nodejs_eventloop_lag_p99_seconds: of("gauge", [], "The 99th percentile of the recorded event loop delays."),
  nodejs_eventloop_lag_seconds: of("gauge", [], "Lag of event loop in seconds."),
  nodejs_eventloop_lag_stddev_seconds: of("gauge", [], "The standard deviation of the recorded event loop delays."),
  nodejs_external_memory_bytes: of("gauge", [], "Node.js external memory size in bytes."),
  nodejs_gc_duration_seconds: of(
    "histogram",
    ["kind"],
    "Garbage collection duration by kind, one of major, minor, incremental or weakcb.",
  ),
  nodejs_heap_size_total_bytes: of("gauge", [], "Process heap size from Node.js in bytes."),
  nodejs_heap_size_used_bytes: of("gauge", [], "Process heap size used from Node.js in bytes."),
  nodejs_heap_space_size_available_bytes: of(
    "gauge",
    ["space"],
    "Process heap space size available from Node.js in bytes.",
  ),
  nodejs_heap_space_size_total_bytes: of("gauge", ["space"], "Process heap space size total from Node.js in bytes."),
  nodejs_heap_space_size_used_bytes: of("gauge", ["space"], "Process heap space size used from Node.js in bytes."),
  nodejs_version_info: of("gauge", ["version", "major", "minor", "patch"], "Node.js version info."),
  process_cpu_seconds_total: of("counter", [], "Total user and system CPU time spent in seconds."),
  process_cpu_system_seconds_total: of("counter", [], "Total system CPU time spent in seconds."),
  process_cpu_user_seconds_total: of("counter", [], "Total user CPU time spent in seconds."),
  process_heap_bytes: of("gauge", [], "Process heap size in bytes."),
  process_max_fds: of("gauge", [], "Maximum number of open file descriptors."),
  process_open_fds: of("gauge", [], "Number of open file descriptors."),
  process_resident_memory_bytes: of("gauge", [], "Resident memory size in bytes."),
  process_start_time_seconds: of("gauge", [], "Start time of the process since unix epoch in seconds."),
  process_virtual_memory_bytes: of("gauge", [], "Virtual memory size in bytes."),
} as const satisfies Readonly<Record<string, MetricEntry>>;
