/** Kind of failure: it decides what the host does about an error. */
export type ErrorKind =
  | "connection"
  | "remote"
  | "auth"
  | "conflict"
  | "exists"
  | "not-found"
  | "validation"
  | "refused"
  | "unavailable"
  | "overloaded"
  | "plugin"
  | "internal";

/** One code of the catalogue. `retryable`: the host tries again by itself, with a back-off. */
export interface CodeEntry {
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly meaning: string;
}

const entry = (kind: ErrorKind, retryable: boolean, meaning: string): CodeEntry => ({ kind, retryable, meaning });

/** The catalogue: every stable code, its kind and what it means. Codes read `VEXIL_<KIND>_<WHAT>`. */
export const CODES = {
  VEXIL_CONNECTION_DNS: entry("connection", true, "The remote's host name could not be resolved."),
  VEXIL_CONNECTION_REFUSED: entry("connection", true, "The remote refused the connection."),
  VEXIL_CONNECTION_UNREACHABLE: entry("connection", true, "The remote's network or host cannot be reached."),
  VEXIL_CONNECTION_TIMEOUT: entry("connection", true, "A network step took longer than its deadline."),
  VEXIL_CONNECTION_RESET: entry("connection", true, "The connection was cut."),
  VEXIL_CONNECTION_TLS: entry("connection", true, "The TLS handshake was cut."),
  VEXIL_CONNECTION_TRUNCATED: entry("connection", true, "The remote's answer ended too early."),
  VEXIL_CONNECTION_CORRUPT: entry("connection", true, "The remote's answer is damaged."),
  VEXIL_CONNECTION_ENDLESS: entry("connection", true, "The remote's answer does not end within its limit."),
  VEXIL_CONNECTION_STATUS_5XX: entry("connection", true, "The remote answered with a server error."),
  VEXIL_CONNECTION_RATE_LIMITED: entry("connection", true, "The remote asks for fewer requests."),
  VEXIL_CONNECTION_PROXY: entry("connection", true, "The proxy refused or failed."),
  VEXIL_CONNECTION_REF_MOVED: entry("connection", true, "The remote's branch moved while it was read."),
  VEXIL_REMOTE_NOT_FOUND: entry(
    "remote",
    false,
    "The remote has no such repository, or hides it from this credential.",
  ),
  VEXIL_REMOTE_CERTIFICATE: entry("remote", false, "The remote's certificate is not trusted."),
  VEXIL_REMOTE_LOGIN_PAGE: entry("remote", false, "The remote answered with a web page instead of git's protocol."),
  VEXIL_REMOTE_REDIRECT: entry("remote", false, "The remote redirects in a way that is not followed."),
  VEXIL_REMOTE_BRANCH_GONE: entry("remote", false, "The remote no longer has the branch."),
  VEXIL_REMOTE_PROTOCOL: entry("remote", false, "The remote does not speak git's protocol as expected."),
  VEXIL_REMOTE_TOO_LARGE: entry("remote", false, "The remote's data is larger than the configured limit."),
  VEXIL_REMOTE_STATUS: entry("remote", false, "The remote answered with an unexpected status."),
  VEXIL_REMOTE_SERVICE: entry("remote", false, "The remote's git service reported an error."),
  VEXIL_REMOTE_DIVERGED: entry("remote", false, "The remote and a user's commits here changed the same files."),
  VEXIL_REMOTE_GIT_MISSING: entry("remote", false, "File remotes need the git program, which is not installed."),
  VEXIL_AUTH_REJECTED: entry("auth", false, "The remote rejected the credential, or asks for one."),
  VEXIL_AUTH_HOST_KEY_UNKNOWN: entry("auth", false, "The ssh host key is not in known_hosts."),
  VEXIL_AUTH_HOST_KEY_CHANGED: entry("auth", false, "The ssh host key differs from the one in known_hosts."),
  VEXIL_AUTH_HOST_KEY_REVOKED: entry("auth", false, "The ssh host key is marked as revoked in known_hosts."),
  VEXIL_AUTH_HOST_KEY_CERTIFICATE: entry(
    "auth",
    false,
    "known_hosts names only a certificate authority for the host, which is not supported.",
  ),
  VEXIL_AUTH_FILE: entry("auth", false, "A file that belongs to a credential cannot be read."),
  VEXIL_AUTH_KEY: entry("auth", false, "The private key cannot be read or decrypted."),
  VEXIL_CONFLICT_FILE_CHANGED: entry("conflict", false, "The flag file changed since the known commit."),
  VEXIL_CONFLICT_REVISION: entry("conflict", false, "The revision named by the request is stale or unknown."),
  VEXIL_CONFLICT_UNCOMMITTED: entry("conflict", false, "The flag file has uncommitted edits in the work tree."),
  VEXIL_CONFLICT_HEAD_MOVED: entry("conflict", true, "The branch moved while the write was made."),
  VEXIL_CONFLICT_FILE_FAULTY: entry("conflict", false, "The flag file has faults and is not rewritten."),
  VEXIL_EXISTS: entry("exists", false, "The thing to create exists."),
  VEXIL_NOT_FOUND: entry("not-found", false, "The thing asked for does not exist."),
  VEXIL_VALIDATION_REQUEST: entry("validation", false, "The request is not valid."),
  VEXIL_VALIDATION_BODY_SIZE: entry("validation", false, "The request's body is larger than the limit."),
  VEXIL_VALIDATION_ITEMS: entry("validation", false, "The request asks for more things at once than the limit."),
  VEXIL_VALIDATION_ANSWER_SIZE: entry("validation", false, "The answer would be larger than the limit."),
  VEXIL_VALIDATION_CONFIG: entry("validation", false, "The configuration is not valid."),
  VEXIL_VALIDATION_TEMPLATE: entry("validation", false, "The commit message template fails."),
  VEXIL_VALIDATION_FEATURES: entry("validation", false, "A features file is not valid."),
  VEXIL_VALIDATION_LIMIT: entry("validation", false, "A features file exceeds a limit."),
  VEXIL_VALIDATION_TESTS: entry("validation", false, "The tests beside the flags would fail."),
  VEXIL_REFUSED_PUSH: entry("refused", false, "The remote refused the push."),
  VEXIL_REFUSED_READ_ONLY: entry("refused", false, "The storage is read-only."),
  VEXIL_REFUSED_EDGE: entry("refused", false, "The daemon is an edge, and changes are made at its upstream."),
  VEXIL_REFUSED_LOOP: entry("refused", false, "The daemon would follow itself, by way of others or not."),
  VEXIL_REFUSED_LIMIT: entry("refused", false, "A configured limit leaves no room for what was to be made."),
  VEXIL_REFUSED_ORIGIN: entry("refused", false, "A page of another origin asks for a change."),
  VEXIL_REFUSED_HOST: entry("refused", false, "The request was sent to a name that is not the daemon's."),
  VEXIL_REFUSED_UNAUTHENTICATED: entry("refused", false, "The request was not authenticated."),
  VEXIL_REFUSED_PERMISSION: entry("refused", false, "The caller has no right to do it."),
  VEXIL_REFUSED_EVENT: entry("refused", false, "What events are delivered to does not take this one."),
  VEXIL_REFUSED_UNIMPLEMENTED: entry("refused", false, "The method or feature asked for is not available."),
  VEXIL_UNAVAILABLE_SINK: entry(
    "unavailable",
    true,
    "What events are delivered to cannot be reached, or takes none now.",
  ),
  VEXIL_UNAVAILABLE_STORAGE: entry("unavailable", true, "The storage is failed or has no state yet."),
  VEXIL_UNAVAILABLE_UPSTREAM: entry("unavailable", true, "The upstream cannot be reached, so nothing was asked of it."),
  VEXIL_UNAVAILABLE_UPSTREAM_LATE: entry(
    "unavailable",
    true,
    "The upstream has not answered in time; whether it has done what was asked is not known.",
  ),
  VEXIL_UNAVAILABLE_REMOTE: entry("unavailable", true, "The remote cannot be reached, so nothing was written."),
  VEXIL_UNAVAILABLE_PROVIDER: entry("unavailable", true, "A provider of identities or decisions cannot be asked."),
  VEXIL_UNAVAILABLE_ANALYTICS: entry("unavailable", true, "Who keeps counts of evaluations cannot be asked."),
  VEXIL_UNAVAILABLE_BLOCKED: entry("unavailable", true, "The work tree cannot be written now."),
  VEXIL_UNAVAILABLE_LOCKED: entry("unavailable", true, "Another program holds a lock."),
  VEXIL_UNAVAILABLE_DRAINING: entry("unavailable", true, "The daemon is stopping."),
  VEXIL_UNAVAILABLE_SPACE: entry("unavailable", true, "There is no space left."),
  VEXIL_UNAVAILABLE_CORRUPT: entry("unavailable", false, "Stored data is damaged."),
  VEXIL_UNAVAILABLE_DIRECTORY_LOCKED: entry("unavailable", false, "Another daemon holds the directory."),
  VEXIL_UNAVAILABLE_REPOSITORY: entry(
    "unavailable",
    false,
    "The repository is of a kind that is not supported, or cannot be read.",
  ),
  VEXIL_UNAVAILABLE_ADDRESS: entry("unavailable", false, "The address to listen on is in use or not available."),
  VEXIL_OVERLOADED_QUEUE: entry("overloaded", true, "Too many writes are waiting."),
  VEXIL_OVERLOADED_STREAMS: entry("overloaded", true, "Too many streams are open."),
  VEXIL_OVERLOADED_CONNECTIONS: entry("overloaded", true, "The client has too many connections."),
  VEXIL_OVERLOADED_REQUESTS: entry("overloaded", true, "The client sends too many requests a second."),
  VEXIL_OVERLOADED_BODIES: entry("overloaded", true, "Too many bytes of request bodies are waiting."),
  VEXIL_OVERLOADED_ANSWERS: entry("overloaded", true, "Too many bytes of answers wait for their clients."),
  VEXIL_OVERLOADED_WORK: entry("overloaded", true, "Too many requests of the client that take long are waiting."),
  VEXIL_OVERLOADED_PACKS: entry("overloaded", true, "Too many git clients are fetching."),
  VEXIL_PLUGIN_RESOLVE: entry("plugin", false, "No package provides the plugin."),
  VEXIL_PLUGIN_LOAD: entry("plugin", false, "The plugin's module failed to load."),
  VEXIL_PLUGIN_CHECK: entry("plugin", false, "The plugin does not have the shape or API version that is needed."),
  VEXIL_PLUGIN_VALIDATE: entry("plugin", false, "The plugin's settings are not valid."),
  VEXIL_PLUGIN_CREATE: entry("plugin", false, "The plugin failed to start."),
  VEXIL_PLUGIN_USE: entry("plugin", true, "The plugin failed while in use."),
  VEXIL_PLUGIN_CLOSE: entry("plugin", false, "The plugin failed to close."),
  VEXIL_INTERNAL_BUG: entry("internal", false, "A defect of Vexil."),
  VEXIL_INTERNAL_CANCELLED: entry("internal", true, "The operation was cancelled."),
} as const satisfies Record<string, CodeEntry>;

/** A stable code, such as `VEXIL_UNAVAILABLE_STORAGE`. */
export type ErrorCode = keyof typeof CODES;
