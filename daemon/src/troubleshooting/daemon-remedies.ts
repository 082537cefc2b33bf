import type { RemediesOf } from "./remedy.js";

/** Codes of the daemon itself, of what it stores in, and of plugins. */
export const DAEMON_REMEDIES = {
  VEXIL_UNAVAILABLE_SINK: [
    "What a sink sends to is away or takes nothing now. Events are kept and sent later.",
    "Look at the receiver; `vexil status` shows how far behind the sink is.",
  ],
  VEXIL_UNAVAILABLE_STORAGE: [
    "The storage's database or directory cannot be used, or its first state has not come yet. Reads go on where there was one.",
    "`vexil status` and `vexil doctor` say which step fails. It heals by itself when the store is back.",
  ],
  VEXIL_UNAVAILABLE_UPSTREAM: [
    "The upstream of an edge cannot be reached. The edge serves what it has.",
    "Look at the upstream and the way to it; it is tried again.",
  ],
  VEXIL_UNAVAILABLE_UPSTREAM_LATE: [
    "The upstream took the request and did not answer in time.",
    "Read what is there before sending a write again: it may have been made.",
  ],
  VEXIL_UNAVAILABLE_REMOTE: [
    "The remote is away, and a write counts only once the remote has it.",
    "Send it again when the remote is back; `vexil status` tells.",
  ],
  VEXIL_UNAVAILABLE_PROVIDER: [
    "A provider of logins, keys or decisions, or the Redis of sessions, does not answer.",
    "Look at it, and at the way from this machine to it; `vexil doctor` tries it.",
  ],
  VEXIL_UNAVAILABLE_ANALYTICS: [
    "Prometheus, or the directory of counts, cannot be asked.",
    "Check analytics.storage and analytics.path; evaluations are not touched by it.",
  ],
  VEXIL_UNAVAILABLE_BLOCKED: [
    "A merge or rebase is under way in the clone, or files in its way cannot be replaced.",
    "Finish or abort it with git there.",
  ],
  VEXIL_UNAVAILABLE_LOCKED: [
    "Another program, often git itself, holds a .lock file of the repository.",
    "It passes when that program ends. If it died, remove the file that the message names.",
  ],
  VEXIL_UNAVAILABLE_DRAINING: [
    "The daemon is being stopped or replaced.",
    "Send the request again: to another replica, or to the next one.",
  ],
  VEXIL_UNAVAILABLE_SPACE: [
    "The disk, the quota, or the memory of a backend (max_size, Redis's maxmemory) is full.",
    "Make room. Nothing that was acknowledged is lost; writes go on by themselves.",
  ],
  VEXIL_UNAVAILABLE_CORRUPT: [
    "Stored objects or refs are not what was written: a failing disk, or somebody else wrote there.",
    "Check with `git fsck`. With a remote, empty the store and start: it is fetched again. Else put back a backup.",
  ],
  VEXIL_UNAVAILABLE_DIRECTORY_LOCKED: [
    "Another daemon serves the same directory.",
    "Stop it, or give each daemon its own; several daemons share a database, not a directory.",
  ],
  VEXIL_UNAVAILABLE_REPOSITORY: [
    "The repository uses something that is not supported (SHA-256, partial clones), may not be read, or its backend's settings are wrong.",
    "The message says what. Waiting does not cure it, so a start ends.",
  ],
  VEXIL_UNAVAILABLE_ADDRESS: [
    "Another program listens at the address, or this user may not.",
    "Stop it, or choose another port with server.http_port.",
  ],
  VEXIL_PLUGIN_RESOLVE: [
    "The type is mistyped, or its package is not installed where the daemon looks.",
    "`vexil plugin list` shows what there is; install the package beside the configuration or in plugin_directory.",
  ],
  VEXIL_PLUGIN_LOAD: [
    "The plugin's code fails as soon as it is loaded: a missing dependency, or a Node that is too old.",
    "Run `vexil plugin test PACKAGE`; it shows the whole error.",
  ],
  VEXIL_PLUGIN_CHECK: [
    "The package exports no plugin, or one for another version of the plugin API.",
    "Upgrade the plugin or Vexil so that they agree.",
  ],
  VEXIL_PLUGIN_VALIDATE: [
    "A setting of the plugin is missing or wrong.",
    "The message names the key; the plugin's README lists them.",
  ],
  VEXIL_PLUGIN_CREATE: [
    "The plugin could not begin its work.",
    "The message has its reason; the plugin's README says what it needs.",
  ],
  VEXIL_PLUGIN_USE: [
    "The plugin threw something that is no error of Vexil, or did not answer in time.",
    "Report it to the plugin's author; `vexil plugin test` finds such defects.",
  ],
  VEXIL_PLUGIN_CLOSE: [
    "The plugin failed while it was closed, at a reload or at the end.",
    "Nothing has to be done; tell the plugin's author.",
  ],
  VEXIL_INTERNAL_BUG: [
    "Something happened that the code does not expect.",
    "Report it with the log line and its stack. What was acknowledged is not touched.",
  ],
  VEXIL_INTERNAL_CANCELLED: [
    "The client has gone, or the daemon is stopping.",
    "Send the request again if its answer is still wanted.",
  ],
} as const satisfies Partial<RemediesOf>;
