import type { EventEntry, Level, LogFields, Logger } from "@vexil/plugin-api";

/** Changes when an event is renamed or removed, or loses a field. */
export const CATALOGUE_VERSION = 2;

/**
 * Every event that the daemon itself logs; a plugin's catalogue lives with the plugin. debug: nothing changed; info:
 * something changed; warn: will be tried again; error: needs an operator.
 */
export const EVENTS = {
  "config.loaded": {
    level: "info",
    message: "configuration loaded",
    meaning: "The configuration was read; without `file` there is none and defaults count.",
    fields: ["file", "storages", "environments"],
  },
  "config.warning": {
    level: "warn",
    message: "part of the configuration is ignored or unsafe",
    meaning: "A setting is accepted and ignored, does less than it says, or leaves something open; `reason` names it.",
    fields: ["reason"],
  },
  "config.reloaded": {
    level: "info",
    message: "configuration reloaded",
    meaning: "The configuration was read again and what changed is in effect.",
    fields: ["file", "added", "changed", "removed"],
  },
  "config.rejected": {
    level: "error",
    message: "new configuration rejected; the previous one stays in effect",
    meaning: "The configuration could not be read again; `reason` names the key.",
    fields: ["file", "code", "reason"],
  },
  "daemon.starting": {
    level: "info",
    message: "starting",
    meaning: "The process has begun to start.",
    fields: ["version", "node", "pid", "catalogue"],
  },
  "daemon.ready": {
    level: "info",
    message: "ready",
    meaning: "The daemon listens and answers.",
    fields: ["url", "duration_ms"],
  },
  "daemon.open": {
    level: "warn",
    message: "anybody who reaches this address can write",
    meaning: "The daemon listens beyond this machine and asks nobody to authenticate.",
    fields: ["url"],
  },
  "daemon.draining": {
    level: "info",
    message: "stopping: answering requests in flight, accepting no new ones",
    meaning: "A signal asked the daemon to stop.",
    fields: [],
  },
  "daemon.stopped": {
    level: "info",
    message: "stopped",
    meaning: "Everything is closed; the process ends.",
    fields: ["duration_ms", "exit_code"],
  },
  "daemon.failed": {
    level: "fatal",
    message: "daemon failed",
    meaning: "The start failed, or a defect ends the process.",
    fields: ["code", "step", "reason", "storage", "stack"],
  },
  "service.unreachable": {
    level: "warn",
    message: "cannot report to the service manager",
    meaning: "NOTIFY_SOCKET is set and the message could not be sent; systemd-notify may be missing.",
    fields: ["reason"],
  },
  "plugin.loaded": {
    level: "info",
    message: "a plugin was loaded",
    meaning: "A plugin was found, loaded and fits.",
    fields: ["plugin", "kind", "package", "version"],
  },
  "plugin.failed": {
    level: "error",
    message: "a plugin failed",
    meaning: "A plugin could not be loaded, or failed in what it does.",
    fields: ["plugin", "package", "step", "code", "error", "retryable", "unreported"],
  },
  "storage.ready": {
    level: "info",
    message: "storage is ready",
    meaning: "A storage has its first snapshot and serves it.",
    fields: ["storage", "revision"],
  },
  "storage.stale": {
    level: "warn",
    message: "storage stale: its remote cannot be reached; serving its last good state",
    meaning: "A poll failed by its connection; it is tried again by itself.",
    fields: ["storage", "code", "step", "reason", "revision"],
  },
  "storage.failed": {
    level: "error",
    message: "storage failed: rejecting its writes",
    meaning:
      "A poll failed in a way that needs an operator, or under the strict policy; `serving`: its last good state is served.",
    fields: ["storage", "code", "step", "reason", "revision", "serving"],
  },
  "storage.recovered": {
    level: "info",
    message: "storage is ready again",
    meaning: "A stale or failed storage works again.",
    fields: ["storage", "revision"],
  },
  "fetch.progress": {
    level: "info",
    message: "receiving from the remote",
    meaning: "A fetch takes long, as a first load may; `size_bytes` have arrived so far.",
    fields: ["size_bytes", "duration_ms"],
  },
  "fetch.succeeded": {
    level: "debug",
    alsoAt: ["info"],
    message: "remote polled",
    meaning: "A poll of a remote succeeded; at info when it brought something.",
    fields: ["revision", "changed", "size_bytes", "duration_ms", "next_poll_ms", "repeated"],
  },
  "fetch.failed": {
    level: "warn",
    alsoAt: ["error"],
    message: "remote could not be polled",
    meaning: "A poll of a remote failed; at error under the strict policy, or when it needs an operator.",
    fields: ["code", "step", "reason", "retryable", "next_poll_ms", "repeated"],
  },
  "rebuild.succeeded": {
    level: "debug",
    alsoAt: ["info"],
    message: "stored state checked",
    meaning: "The state was read again from the backend.",
    fields: ["revision", "changed", "uncommitted", "blocked", "repeated"],
  },
  "rebuild.failed": {
    level: "error",
    message: "stored state could not be read",
    meaning: "The backend could not be read; the last state is served.",
    fields: ["code", "step", "reason", "retryable", "repeated"],
  },
  "open.failed": {
    level: "warn",
    message: "backend could not be opened; trying again",
    meaning: "A storage's backend is unavailable at start; the storage is `starting` until it opens, the others serve.",
    fields: ["storage", "code", "step", "reason", "retryable", "next_try_ms", "repeated"],
  },
  "snapshot.built": {
    level: "info",
    message: "new flag state is served",
    meaning: "A snapshot was built and published.",
    fields: ["environments", "revision", "files", "flags", "quarantined", "duration_ms"],
  },
  "features.quarantined": {
    level: "error",
    message: "faulty features file: its namespaces keep their last good state",
    meaning: "A features file has a fault; the rest of its environment moves on.",
    fields: ["file", "line", "column", "namespace", "revision", "reason"],
  },
  "features.recovered": {
    level: "info",
    message: "all features files are good again",
    meaning: "No features file of the storage has a fault any more.",
    fields: ["storage", "revision"],
  },
  "write.committed": {
    level: "info",
    message: "change written",
    meaning: "A change came by the API, is committed, pushed where there is a remote, and served.",
    fields: ["environment", "revision", "summary", "pushed", "duration_ms", "repeated"],
  },
  "write.unchanged": {
    level: "debug",
    message: "change already there",
    meaning: "A change came by the API that changes nothing; it was answered with the revision that is served.",
    fields: ["environment", "revision"],
  },
  "write.failed": {
    level: "warn",
    alsoAt: ["error"],
    message: "change not written",
    meaning: "A change came by the API and was refused, conflicts or failed; its sender knows.",
    fields: ["environment", "file", "code", "step", "reason", "retryable", "repeated"],
  },
  "push.succeeded": {
    level: "debug",
    message: "changes pushed",
    meaning:
      "The remote took the commits of changes that came by the API; `write.committed` follows once they are served.",
    fields: ["ref", "revision", "commits", "duration_ms"],
  },
  "lease.changed": {
    level: "info",
    message: "the lease to poll the remote changed hands",
    meaning: "Of the daemons that share a backend one holds the lease and polls; `held`: it is this one.",
    fields: ["held"],
  },
  "commit.kept": {
    level: "warn",
    message: "a local commit was set aside",
    meaning: "The remote's history replaced a local commit, which is kept under a ref of its own.",
    fields: ["commit", "ref", "reason"],
  },
  "branch.appeared": {
    level: "info",
    message: "branch environment appeared",
    meaning: "A branch of an environment was created.",
    fields: ["environment", "ref"],
  },
  "branches.limited": {
    level: "warn",
    message: "an environment has more branches than its max_branches: further ones are not served",
    meaning:
      "So many branches are not served, `names` are the first of them; raise `max_branches`, or delete branches.",
    fields: ["environment", "limit", "count", "names"],
  },
  "branch.seeded": {
    level: "info",
    message: "an empty repository was given its first commit",
    meaning: "There was no branch at all: the storage's branch was made, with `pushed` on its remote.",
    fields: ["branch", "revision", "pushed"],
  },
  "namespace.unserved": {
    level: "error",
    message: "a faulty namespace is not served: no version of it without faults was found",
    meaning:
      "As far as `limits.history_depth` goes, and the remote gives its past, no commit has the namespace without faults; under the strict policy a start is not ready until it is mended.",
    fields: ["environment", "namespace"],
  },
  "directory.missing": {
    level: "warn",
    message: "an environment's directory does not exist, so it serves no flags",
    meaning: "The environment's `directory` is not in the branch; `reason` says what is there instead.",
    fields: ["environment", "directory", "branch", "reason"],
  },
  "branch.vanished": {
    level: "info",
    message: "branch environment vanished",
    meaning: "A branch of an environment was deleted.",
    fields: ["environment", "ref"],
  },
  "http.failed": {
    level: "error",
    message: "request failed because of a defect",
    meaning: "A request was answered with 500.",
    fields: ["method", "path", "code", "reason", "stack", "worker"],
  },
  "http.listening": {
    level: "info",
    message: "listening for requests",
    meaning: "Requests are accepted from now on, by this many processes.",
    fields: ["url", "workers"],
  },
  "admin.listening": {
    level: "info",
    message: "listening for metrics, health and status",
    meaning: "Probes and scrapers are answered here, and not where the rest is.",
    fields: ["url"],
  },
  "webhook.received": {
    level: "debug",
    message: "a forge announced a push",
    meaning: "A signed call of a webhook; the remote is polled.",
    fields: [],
  },
  "webhook.refused": {
    level: "warn",
    message: "a webhook's call was refused: its signature is wrong or missing",
    meaning: "The secret differs from the forge's, or somebody else calls. At most one line a minute for each storage.",
    fields: ["type", "repeated"],
  },
  "stream.dropped": {
    level: "warn",
    message: "stream cut: its client does not read",
    meaning: "A subscriber did not take a message in time; it can connect again.",
    fields: ["namespace", "worker"],
  },
  "certificate.renewed": {
    level: "info",
    message: "the renewed certificate is in use",
    meaning: "The files of the server's certificate changed and were loaded.",
    fields: ["worker"],
  },
  "certificate.refused": {
    level: "warn",
    message: "the certificate on disk cannot be used; the previous one stays in use",
    meaning: "The files of the server's certificate changed and do not fit together, or cannot be read.",
    fields: ["code", "reason", "worker"],
  },
  "worker.died": {
    level: "error",
    message: "a worker died; starting another",
    meaning: "A process that answers reads ended by itself; requests in flight on it failed.",
    fields: ["worker", "exit_code", "signal"],
  },
  "worker.replaced": {
    level: "warn",
    message: "a worker did not apply a change in time and is replaced",
    meaning:
      "A process that answers reads gave no sign of life for 5 s, or needed 10 s, while a write waited for it, and was ended so that no old state is served.",
    fields: ["worker"],
  },
  "credential.unread": {
    level: "warn",
    message: "a credential's file cannot be read; its last value stays in use",
    meaning: "A file with a secret, a key or its passphrase is missing, empty or not readable at the moment.",
    fields: ["credential", "reason"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;

export type EventName = keyof typeof EVENTS;

/** Fields that any line may carry. */
export const COMMON_FIELDS = ["storage", "environment", "correlation_id", "correlation_ids"] as const;

export type EventFields<E extends EventName> = {
  readonly [F in (typeof EVENTS)[E]["fields"][number] | (typeof COMMON_FIELDS)[number]]?: unknown;
};

/** Writes one line of the catalogue: level and message are the event's own, unless another of its levels is asked for. */
export function logEvent<E extends EventName>(logger: Logger, event: E, fields: EventFields<E>, level?: Level): void {
  const entry: EventEntry = EVENTS[event];
  logger.log(level ?? entry.level, event, entry.message, fields as LogFields);
}
