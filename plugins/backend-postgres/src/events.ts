import type { EventEntry } from "@vexil/plugin-api";

/** Events that a storage in PostgreSQL logs. `npm run docs:events` puts them on the page of all events. */
export const EVENTS = {
  "postgres.connection-lost": {
    level: "debug",
    message: "an idle connection to the database broke",
    meaning: "The next use makes another.",
    fields: ["error"],
  },
  "postgres.listener-lost": {
    level: "debug",
    message: "the connection that waits for changes broke",
    meaning: "It is made again.",
    fields: ["error"],
  },
  "postgres.notifications-arrived": {
    level: "info",
    message: "notifications of the database arrive",
    meaning: "Changes of other daemons are seen at once.",
    fields: [],
  },
  "postgres.notifications-missing": {
    level: "warn",
    message: "notifications of the database do not arrive (a pooler may swallow them); it is polled instead",
    meaning: "Changes of other daemons are seen a little later.",
    fields: ["poll_interval_ms"],
  },
  "postgres.lease-lost": {
    level: "info",
    message: "a lease was lost",
    meaning: "Another daemon polls the remote from here on.",
    fields: ["lease", "reason"],
  },
  "postgres.write-undone": {
    level: "warn",
    message: "a write whose answer was lost was reverted",
    meaning: "A write's outcome was unknown; it was found to have happened and was reverted.",
    fields: ["refs"],
  },
  "postgres.write-stands": {
    level: "error",
    message: "a write was reported as failed but stands: others built on it before it could be reverted",
    meaning: "Look at the last change of the branch and undo it by hand if it is not wanted.",
    fields: ["refs"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
