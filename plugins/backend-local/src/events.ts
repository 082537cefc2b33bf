import type { EventEntry } from "@vexil/plugin-api";

/** Events that a local storage logs. `npm run docs:events` puts them on the page of all events. */
export const EVENTS = {
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
    message: "an interrupted update was finished or undone",
    meaning: "The daemon ended in the middle of updating files of a work tree; they are whole again.",
    fields: ["path", "outcome"],
  },
  "commit.restored": {
    level: "warn",
    message: "a commit that a concurrent git reset or stash discarded was restored",
    meaning: "A git command had looked up HEAD just before this daemon moved the branch, and set it back to that.",
    fields: ["ref", "revision"],
  },
  "commit.outrun": {
    level: "warn",
    message: "a concurrent git reset or stash discarded a commit; it is made again on top",
    meaning: "As commit.restored, but others were made since; where they change the same file, commit.kept follows.",
    fields: ["ref", "revision"],
  },
  "index.restored": {
    level: "warn",
    message: "entries of the index that a concurrent git command took back were restored",
    meaning:
      "A git stash, or a program like it, had read the index just before this daemon wrote it; the next commit would have undone what was written.",
    fields: ["paths"],
  },
  "file.unreadable": {
    level: "warn",
    message: "a file of the work tree cannot be read",
    meaning: "Its permissions keep the daemon out; its namespaces keep what they have.",
    fields: ["path"],
  },
  "watch.failed": {
    level: "warn",
    message: "the directory cannot be watched at the moment",
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
  "directory-lock.refused": {
    level: "error",
    message: "no space to lock the directory: reading it, rejecting writes until there is",
    meaning: "The disk is full; what is there is served, and writes are refused until there is room.",
    fields: ["path"],
  },
  "directory-lock.made": {
    level: "info",
    message: "space is available again: the directory is locked and can be written",
    meaning: "What directory-lock.refused said is over.",
    fields: ["path"],
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
} as const satisfies Readonly<Record<string, EventEntry>>;
