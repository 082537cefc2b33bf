import type { EventEntry } from "@vexil/plugin-api";

/** Events of storages: their states, polls, rebuilds, writes and branches. */
export const STORAGE_EVENTS = {
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
  "journal.failed": {
    level: "warn",
    message: "the journal of what is served cannot be written",
    meaning: "Times in requests are answered by the dates of commits where it has nothing; told once.",
    fields: ["storage", "path", "reason"],
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
    fields: ["environments", "revision", "files", "flags", "quarantined", "unread", "duration_ms"],
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
  "tests.failed": {
    level: "warn",
    alsoAt: ["error"],
    message: "a test beside flags fails",
    meaning:
      "A case of a tests file fails, or the file cannot be used. `enforced`: the namespaces keep their last state whose tests pass; otherwise they are served.",
    fields: [
      "environment",
      "file",
      "line",
      "column",
      "namespaces",
      "flag",
      "test",
      "expected",
      "got",
      "reason",
      "revision",
      "enforced",
    ],
  },
  "tests.passed": {
    level: "info",
    message: "all tests beside flags pass again",
    meaning: "No test of the storage fails any more.",
    fields: ["storage"],
  },
  "write.committed": {
    level: "info",
    message: "change written",
    meaning: "A change came by the API, is committed, pushed where there is a remote, and served.",
    fields: ["actor", "environment", "revision", "summary", "pushed", "duration_ms", "repeated"],
  },
  "write.unchanged": {
    level: "debug",
    message: "change already there",
    meaning: "A change came by the API that changes nothing; it was answered with the revision that is served.",
    fields: ["actor", "environment", "revision"],
  },
  "write.failed": {
    level: "warn",
    alsoAt: ["error"],
    message: "change not written",
    meaning: "A change came by the API and was refused, conflicts or failed; its sender knows.",
    fields: ["actor", "environment", "file", "code", "step", "reason", "retryable", "repeated"],
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
    meaning: "A branch of an environment was created; with `actor` by a call.",
    fields: ["actor", "environment", "ref"],
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
      "As far as `limits.history_depth` goes, and the remote gives its past, no commit has the namespace without faults; under the strict policy a start is not ready until it is mended. `searching`: there was no time yet to look at all of its history, and the search goes on.",
    fields: ["environment", "namespace", "searching"],
  },
  "lines.omitted": {
    level: "error",
    message: "more lines of one kind than are written at once: the others are omitted",
    meaning:
      "So many lines (`count`) of the event `omitted` were not written, since too many came at once; `vexil status` shows what they would have said.",
    fields: ["omitted", "count"],
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
    meaning: "A branch of an environment was deleted; with `actor` by a call.",
    fields: ["actor", "environment", "ref"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
