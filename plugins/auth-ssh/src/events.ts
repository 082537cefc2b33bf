import type { EventEntry } from "@vexil/plugin-api";

/** Events that an ssh credential logs. `npm run docs:events` puts them on the page of all events. */
export const EVENTS = {
  "ssh.connected": {
    level: "debug",
    message: "connected to an ssh server",
    meaning: "A connection was made; it is kept and serves all storages of that credential and host.",
    fields: ["credential", "host", "host_key"],
  },
  "ssh.unverified": {
    level: "warn",
    message: "connected without checking the server's host key",
    meaning: "The credential has insecure_ignore_host_key, so anybody may be at the other end.",
    fields: ["credential", "host", "host_key"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
