import type { EventEntry } from "./event-entry.js";

/** What the bundled plugins log. Those of others bring events of their own. */
export const PLUGIN_EVENTS = {
  "credential.unread": {
    level: "warn",
    message: "a credential's file cannot be read, its last value stays in use",
    meaning: "A file with a secret, a key or its passphrase is missing, empty or not readable at the moment.",
    fields: ["credential", "reason"],
  },
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
  "repository.created": {
    level: "info",
    message: "an empty repository was made",
    meaning: "A local storage found no repository at its path and made one.",
    fields: ["path", "files"],
  },
  "repository.imported": {
    level: "info",
    message: "a folder of features files became a repository",
    meaning: "A local storage found features files without git and made them the first commit.",
    fields: ["path", "files"],
  },
  "repository.swapped": {
    level: "info",
    message: "the directory was swapped and is opened anew",
    meaning: "The directory of a local storage was replaced by another, through a symlink for example.",
    fields: ["path", "target"],
  },
  "work-tree.recovered": {
    level: "info",
    message: "an update that was cut was finished or undone",
    meaning: "The daemon ended in the middle of updating files of a work tree; they are whole again.",
    fields: ["path", "outcome"],
  },
  "file.unreadable": {
    level: "warn",
    message: "a file of the work tree cannot be read",
    meaning: "Its permissions keep the daemon out; its namespaces keep what they have.",
    fields: ["path"],
  },
  "watch.failed": {
    level: "warn",
    message: "the directory cannot be watched just now",
    meaning: "Changes made by hand are noticed by the next rebuild until it can.",
    fields: ["path", "error"],
  },
  "watch.limited": {
    level: "warn",
    message: "not all directories can be watched; changes in the others are noticed by the next rebuild",
    meaning: "The system's limit on watches is reached (fs.inotify.max_user_watches).",
    fields: ["path", "code", "watched"],
  },
  "lock.recovered": {
    level: "info",
    message: "a lock left by a killed daemon was removed",
    meaning: "A lock file of this daemon's own was left behind by a crash.",
    fields: ["path"],
  },
  "directory-lock.taken": {
    level: "info",
    message: "the lock of a daemon that has ended was taken over",
    meaning: "Another daemon held this directory and is gone.",
    fields: ["path", "pid"],
  },
  "directory-lock.lost": {
    level: "error",
    message: "the lock on the directory is gone: another daemon may be at work in it",
    meaning: "Somebody removed the lock that keeps a second daemon out.",
    fields: ["path"],
  },
  "ref.broken": {
    level: "warn",
    message: "a ref is damaged and ignored",
    meaning: "A ref of a local repository holds no object id.",
    fields: ["path"],
  },
  "saved-state.loaded": {
    level: "info",
    message: "the saved state was loaded",
    meaning: "A memory storage starts with the state it had.",
    fields: ["path", "objects", "refs"],
  },
  "saved-state.ignored": {
    level: "warn",
    message: "the saved state cannot be used and is ignored",
    meaning: "The file of the saved state is damaged or of another version.",
    fields: ["path", "error"],
  },
  "saved-state.failed": {
    level: "error",
    message: "the state could not be saved",
    meaning: "A memory storage cannot write its saved state; it is tried again after the next change.",
    fields: ["path", "error"],
  },
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
    message: "a write whose answer was lost was taken back",
    meaning: "A write's outcome was unknown; it was found to have happened and was reverted.",
    fields: ["refs"],
  },
  "postgres.write-stands": {
    level: "error",
    message: "a write was answered as failed, and stands: others built on it before it could be taken back",
    meaning: "Look at the last change of the branch and undo it by hand if it is not wanted.",
    fields: ["refs"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
