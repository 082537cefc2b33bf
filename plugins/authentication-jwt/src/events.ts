import type { EventEntry } from "@vexil/plugin-api";

/** Events that tokens of an issuer bring about. `npm run docs:events` puts them on the page of all events. */
export const EVENTS = {
  "keys.unread": {
    level: "warn",
    message: "an issuer's keys cannot be read",
    meaning: "The last good keys stay in use, `known` of them; tokens made with another key are refused. Logged once.",
    fields: ["method", "url", "reason", "known"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
