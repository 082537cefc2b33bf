import type { ErrorCode, FailureStep } from "@vexil/plugin-api/errors";

/**
 * Steps of an examination: those at which a storage can fail, the key of its commits, policies of rights in it, a
 * provider of logins, where counts of evaluations are, and sinks.
 */
export type DoctorStep = FailureStep | "signature" | "policies" | "provider" | "counts" | "prometheus" | "sink";

/** Advice on a failure, beyond what its message says. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  VEXIL_CONNECTION_DNS:
    "check the host name in the storage's remote, and that this machine resolves it: getent hosts <name>",
  VEXIL_CONNECTION_REFUSED: "nothing listens there: check the port in the storage's remote, and that the server runs",
  VEXIL_CONNECTION_UNREACHABLE: "check this machine's routes and firewall, or whether it needs a proxy (HTTPS_PROXY)",
  VEXIL_CONNECTION_TIMEOUT:
    "the server is silent: check it, firewalls and proxies on the way, and the storage's timeouts if it is slow",
  VEXIL_CONNECTION_RESET: "something cuts the connection: check the server's log, firewalls and proxies on the way",
  VEXIL_CONNECTION_TLS: "check that the port speaks TLS, or use http:// if it does not",
  VEXIL_CONNECTION_STATUS_5XX: "the server has a problem of its own: look at its log, or try again later",
  VEXIL_CONNECTION_RATE_LIMITED: "wait, then poll less often: a longer poll_interval, or a webhook",
  VEXIL_CONNECTION_PROXY: "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY, and the proxy's credential in them",
  VEXIL_REMOTE_CERTIFICATE:
    "give the server's authority by the storage's ca_cert_path, or use the host name that the certificate is for",
  VEXIL_REMOTE_NOT_FOUND:
    "check the path in the storage's remote; servers also hide repositories that a credential may not see",
  VEXIL_REMOTE_LOGIN_PAGE: "that URL shows a web page: use the URL that git clone takes, and a credential",
  VEXIL_REMOTE_REDIRECT: "write the URL that the server redirects to as the storage's remote",
  VEXIL_REMOTE_BRANCH_GONE:
    "push the branch, or name another by the storage's branch; vexil serve makes one only on an empty remote",
  VEXIL_REMOTE_PROTOCOL: "check that the URL is that of a git repository, as git clone takes it",
  VEXIL_REMOTE_TOO_LARGE: "raise the storage's limits.pack_bytes, or keep flags in a smaller repository",
  VEXIL_REMOTE_GIT_MISSING: "install git, or use an http or ssh remote",
  VEXIL_AUTH_REJECTED:
    "check the storage's credential: is it the right one, not expired, and may it read this repository?",
  VEXIL_AUTH_HOST_KEY_UNKNOWN:
    "compare the fingerprint with the one that the server's operator publishes, then add the line to known_hosts",
  VEXIL_AUTH_HOST_KEY_CHANGED: "ask the server's operator whether the key was changed; do not go on before you know",
  VEXIL_AUTH_FILE: "check that the file exists and that the daemon's user may read it",
  VEXIL_AUTH_KEY: "give the private key itself (not the .pub file) and, if it has one, its passphrase",
  VEXIL_UNAVAILABLE_STORAGE:
    "start the store, and check the settings of the storage's backend; vexil serve goes on trying until it is there",
  VEXIL_VALIDATION_FEATURES: "correct the file; vexil validate shows every fault before it is pushed",
};

/** Place to look at where the failure itself says no more. */
const AT_STEP: Readonly<Record<DoctorStep, string>> = {
  dns: "check the host name in the storage's remote",
  connect: "check the host and port in the storage's remote",
  tls: "check the server's certificate, and ca_cert_path of the storage",
  http: "open the storage's remote with git ls-remote from this machine, and look at the server's log",
  auth: "check the storage's credentials, and the entry under credentials that it names",
  "host-key": "check the known_hosts that the credential names",
  ref: "check the storage's branch with git ls-remote",
  pack: "clone the repository with git, and check it there: git fsck",
  parse: "correct the file; vexil validate shows every fault before it is pushed",
  push: "check that the credential may push to the storage's branch",
  backend: "check the settings of the storage's backend, and that the daemon's user may read and write what it names",
  provider:
    "check the provider's addresses in authentication.methods, and that this machine reaches them: users cannot log in there",
  policies:
    "correct the file of policies: until then those before it count; vexil validate --config checks it before it is pushed",
  counts: "check analytics.path, and that the daemon's user may write there",
  prometheus: "check analytics.storage.prometheus: its url, and the headers that the server wants",
  sink: "check the settings of the sink under sinks, and what they lead to: events wait for it until then",
  signature: "check type, key_path and key_ref of the storage's signature",
};

export function adviceFor(code: ErrorCode, step: DoctorStep): string {
  return ADVICE[code] ?? AT_STEP[step];
}
