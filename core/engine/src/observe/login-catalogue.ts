import type { EventEntry } from "@vexil/plugin-api";

/** Events of logins, sessions and credentials. */
export const LOGIN_EVENTS = {
  "auth.login": {
    level: "info",
    message: "logged in",
    meaning:
      "A session has begun, or a foreign credential was exchanged. `flow` is `device_code` where the session is of a device without a browser; `client` is that device's address then.",
    fields: ["method", "actor", "flow", "client"],
  },
  "auth.logout": {
    level: "info",
    message: "logged out",
    meaning: "A session was ended by who had it.",
    fields: ["method", "actor"],
  },
  "provider.lost": {
    level: "warn",
    message: "a provider of logins does not answer",
    meaning:
      "Nobody can log in there; who is logged in, and other methods, go on. Providers are asked at the start and once a minute. Said once, until `provider.returned`; `vexil_login_provider_up` is 0 meanwhile.",
    fields: ["method", "provider", "reason"],
  },
  "provider.returned": {
    level: "info",
    message: "a provider of logins answers again",
    meaning: "Users can log in there.",
    fields: ["method", "provider", "duration_ms"],
  },
  "session.unkept": {
    level: "warn",
    message: "what is kept of sessions cannot be read or written",
    meaning:
      "Without a key, sessions end with the process. A list of ended ones that cannot be read ends all that began before; one that cannot be written is lost with the process, and they count again.",
    fields: ["reason"],
  },
  "session.shared": {
    level: "info",
    message: "ends of sessions are exchanged with other daemons",
    meaning: "What was ended elsewhere is known here, and the other way round, from now on at once.",
    fields: ["place"],
  },
  "session.unshared": {
    level: "warn",
    message: "ends of sessions cannot be exchanged with other daemons",
    meaning:
      "Sessions count by what is known here. Who logs out here may be logged in elsewhere until the place answers again; both sides are compared then.",
    fields: ["place", "reason"],
  },
  "session.held-back": {
    level: "warn",
    message: "sessions of before this start do not count until it is known which were ended elsewhere",
    meaning:
      "The place where daemons tell each other has not answered since the start: whoever comes with such a session is answered 503. Those that begin here count. `session.shared` says when it is over.",
    fields: ["place"],
  },
  "session.forged": {
    level: "warn",
    message: "ends of sessions that no daemon of this key has written were refused",
    meaning:
      "Somebody else writes to the place where daemons tell each other: nobody is logged out by that. `count` of them were found since the last such line; there is one in ten minutes at most.",
    fields: ["place", "count"],
  },
  "session.weak-key": {
    level: "warn",
    message: "authentication.session.csrf.key is too short for a key of sessions, and is not used as one",
    meaning:
      "Whoever guesses it could log in as anybody: it takes 32 characters, such as `openssl rand -base64 32` prints. Until then a key is made, and other daemons do not take these sessions, unless a Redis of sessions gives them the same.",
    fields: [],
  },
  "auth.refused": {
    level: "warn",
    message: "a credential or a login was refused",
    meaning:
      "`reason` says why, which the answer does not. Those alike have a line at first, and one a minute later in which `repeated` counts the others.",
    fields: ["method", "code", "reason", "actor", "client", "repeated"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
