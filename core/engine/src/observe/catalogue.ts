import type { EventEntry, Level, LogFields, Logger } from "@vexil/plugin-api";
import { CACHE_EVENTS } from "./cache-catalogue.js";
import { CONFIG_EVENTS } from "./config-catalogue.js";
import { EDGE_EVENTS } from "./edge-catalogue.js";
import { LOGIN_EVENTS } from "./login-catalogue.js";
import { SINK_EVENTS } from "./sink-catalogue.js";
import { STORAGE_EVENTS } from "./storage-catalogue.js";
import { TELEMETRY_EVENTS } from "./telemetry-catalogue.js";
import { USAGE_EVENTS } from "./usage-catalogue.js";

/** Changes when an event is renamed or removed, or loses a field. */
export const CATALOGUE_VERSION = 2;

/**
 * Every event that the daemon itself logs; a plugin's catalogue lives with the plugin. debug: nothing changed; info:
 * something changed; warn: will be tried again; error: needs an operator.
 */
export const EVENTS = {
  ...CACHE_EVENTS,
  ...CONFIG_EVENTS,
  "commits.unproven": {
    level: "warn",
    message: "the key that proves whose commits are cannot be kept",
    meaning:
      "Until the process ends, history and the log name the callers behind its commits; after a restart they name none for them.",
    fields: ["reason"],
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
  "daemon.defect": {
    level: "error",
    message: "a defect kept an event from being logged, counted or shown",
    meaning: "What happened to the storage stands, and who waits for it is answered; status, log or metrics lack it.",
    fields: ["type", "code", "reason", "stack"],
  },
  "service.unreachable": {
    level: "warn",
    message: "cannot report to the service manager",
    meaning: "NOTIFY_SOCKET is set and the message could not be sent; systemd-notify may be missing.",
    fields: ["reason"],
  },
  ...EDGE_EVENTS,
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
  ...STORAGE_EVENTS,
  ...SINK_EVENTS,
  ...USAGE_EVENTS,
  ...TELEMETRY_EVENTS,
  "http.failed": {
    level: "error",
    message: "request failed because of a defect",
    meaning: "A request was answered with 500.",
    fields: ["method", "path", "code", "reason", "stack", "worker"],
  },
  "git.upload-failed": {
    level: "warn",
    message: "a git client did not get all that it fetches",
    meaning: "The storage could not be read to the end, or the client read too slowly; it has to fetch again.",
    fields: ["storage", "code", "reason"],
  },
  "http.refused": {
    level: "warn",
    message: "a request was refused unread: its line and headers are too large",
    meaning: "Somebody sends more than 64 kB of headers: a token or a cookie, mostly. At most one line a minute.",
    fields: ["client", "repeated", "worker"],
  },
  "http.listening": {
    level: "info",
    message: "listening for requests",
    meaning: "Requests are accepted from now on, by this many processes. `console` is the address of the web console.",
    fields: ["url", "workers", "console"],
  },
  "admin.listening": {
    level: "info",
    message: "listening for metrics, health and status",
    meaning: "Probes and scrapers are answered here, and not where the rest is.",
    fields: ["url"],
  },
  ...LOGIN_EVENTS,
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
  "access.refused": {
    level: "warn",
    message: "a call was refused: its caller has no right to do it",
    meaning:
      "Somebody who is authenticated asked for what no binding grants. One line a minute for each caller, action and environment, and at most ten of one caller; `repeated` counts those without a line.",
    fields: ["actor", "action", "namespace", "repeated", "worker"],
  },
  "access.changed": {
    level: "info",
    message: "rights changed; open streams are judged anew",
    meaning:
      "A reload, the policies or the engine of rights changed what is allowed; `actor`: whoever committed the policies, `git:<address>` as git says.",
    fields: ["actor", "reason", "path", "revision"],
  },
  "policies.rejected": {
    level: "error",
    message: "the policies in the repository cannot be used; those before, if there are any, stay in effect",
    meaning: "The file that `authorization.path` names is missing or faulty in the newest state; `reason` says how.",
    fields: ["path", "revision", "code", "reason"],
  },
  "stream.dropped": {
    level: "warn",
    message: "stream cut: its client does not read",
    meaning: "A subscriber did not take a message in time; it can connect again.",
    fields: ["namespace", "worker"],
  },
  "events.dropped": {
    level: "warn",
    message: "event stream cut: its client does not read",
    meaning: "A client of /api/v2/events did not take what was sent in time; it can go on where it was.",
    fields: [],
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
    message: "a worker gives no sign of life, or did not apply a change in time, and is replaced",
    meaning:
      "A process that answers reads gave no sign of life for 30 s; or for 5 s while a write waited for it, or needed 10 s then. It was ended, so that nobody waits for it, and no old state is served.",
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
export const COMMON_FIELDS = [
  "storage",
  "environment",
  "request_id",
  "request_ids",
  "correlation_id",
  "correlation_ids",
  "trace_id",
  "span_id",
] as const;

export type EventFields<E extends EventName> = {
  readonly [F in (typeof EVENTS)[E]["fields"][number] | (typeof COMMON_FIELDS)[number]]?: unknown;
};

/** Writes one line of the catalogue: level and message are the event's own, unless another of its levels is asked for. */
export function logEvent<E extends EventName>(logger: Logger, event: E, fields: EventFields<E>, level?: Level): void {
  const entry: EventEntry = EVENTS[event];
  logger.log(level ?? entry.level, event, entry.message, fields as LogFields);
}
