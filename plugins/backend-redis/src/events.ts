import type { EventEntry } from "@vexil/plugin-api";

/** Events that a storage in Redis logs. `npm run docs:events` puts them on the page of all events. */
export const EVENTS = {
  "redis.data-lost": {
    level: "error",
    message: "the server has lost the storage",
    meaning:
      "Redis was emptied, or came back without its data. What was read before is served on, and writes are refused, until a backup is put back or the daemon is started again.",
    fields: ["keys"],
  },
  "redis.data-replaced": {
    level: "warn",
    message: "the server was emptied; flags are fetched from the remote again",
    meaning: "Redis was emptied, or came back without its data; the remote has them.",
    fields: [],
  },
  "redis.lease-lost": {
    level: "info",
    message: "a lease was lost",
    meaning: "Another daemon polls the remote from here on.",
    fields: ["lease", "reason"],
  },
  "redis.listener-lost": {
    level: "debug",
    message: "the connection that waits for changes broke",
    meaning: "It is made again.",
    fields: ["error"],
  },
  "redis.may-evict": {
    level: "warn",
    message: "the server would throw flags away if its memory were limited; set maxmemory-policy noeviction",
    meaning: "`maxmemory` is not set, so nothing is thrown away yet; with it the daemon does not start.",
    fields: ["policy"],
  },
  "redis.not-durable": {
    level: "warn",
    message: "the server loses what was written last when it ends; set appendonly yes",
    meaning: "Redis keeps no append-only file, and no remote has these flags.",
    fields: [],
  },
  "redis.unchecked": {
    level: "warn",
    message: "the user may not ask the server how it keeps data; allow it +info",
    meaning: "Whether Redis throws keys away or keeps them on disk is not known.",
    fields: [],
  },
  "redis.write-stands": {
    level: "error",
    message: "a write was reported as failed but stands: others built on it before it could be reverted",
    meaning: "Look at the last change of the branch and undo it by hand if it is not wanted.",
    fields: ["refs"],
  },
  "redis.write-undone": {
    level: "warn",
    message: "a write whose answer was lost was reverted",
    meaning: "A write's outcome was unknown; it was found to have happened and was reverted.",
    fields: ["refs"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
