import type { RemediesOf } from "./remedy.js";

/** Codes of the way to a remote, of what it answers, and of credentials for it. */
export const REMOTE_REMEDIES = {
  VEXIL_CONNECTION_DNS: [
    "The host name in the storage's remote is mistyped, or this machine's resolver does not know it or does not answer.",
    "Check the name with `getent hosts NAME` as the daemon's user, then /etc/resolv.conf and the network.",
  ],
  VEXIL_CONNECTION_REFUSED: [
    "Nothing listens at the host and port of the remote, or a firewall says so in its place.",
    "Check that the git server runs and that the port in the storage's remote is its own.",
  ],
  VEXIL_CONNECTION_UNREACHABLE: [
    "There is no route to the host, or a firewall forbids the way.",
    "Check routes and firewall; where the way out is a proxy, set HTTPS_PROXY for the daemon.",
  ],
  VEXIL_CONNECTION_TIMEOUT: [
    "The server, a firewall or a proxy on the way is silent, or slower than the storage's deadlines.",
    "Look at the server first. If it is slow and healthy, raise the storage's timeouts.",
  ],
  VEXIL_CONNECTION_RESET: [
    "The server or something on the way cut the connection in the middle.",
    "Now and then it is nothing: it is tried again. If it stays, look at the logs of the server and of proxies before it.",
  ],
  VEXIL_CONNECTION_TLS: [
    "The port speaks no TLS, or a proxy cut the handshake.",
    "Check with `openssl s_client -connect HOST:PORT`; use http:// only where the server offers nothing else.",
  ],
  VEXIL_CONNECTION_TRUNCATED: [
    "The answer ended before it was whole, as when a server is stopped or a proxy limits answers.",
    "It is tried again. If it stays, look at the limits of proxies and at the server's log.",
  ],
  VEXIL_CONNECTION_CORRUPT: [
    "What came does not agree with its checksums: something on the way changes it, or the repository is damaged.",
    "Run `git fsck` at the server and clone with git from this machine.",
  ],
  VEXIL_CONNECTION_ENDLESS: [
    "The answer goes on beyond what a repository of flags could need.",
    "Check that the remote is the repository that is meant, with `git ls-remote`.",
  ],
  VEXIL_CONNECTION_STATUS_5XX: [
    "The server has a problem of its own.",
    "Look at the server's status page or log. Polls go on with a back-off.",
  ],
  VEXIL_CONNECTION_RATE_LIMITED: [
    "The server counts requests, and this address or account has made too many.",
    "Use a longer poll_interval and a webhook; several daemons on one shared backend poll only once.",
  ],
  VEXIL_CONNECTION_PROXY: [
    "The proxy refused the connection, wants another credential, or is away.",
    "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the daemon, and the user and password in them.",
  ],
  VEXIL_CONNECTION_REF_MOVED: [
    "Somebody pushed while the branch was read.",
    "Nothing is to be done: the next poll, a moment later, reads the newer state.",
  ],
  VEXIL_REMOTE_NOT_FOUND: [
    "The path is wrong, or the credential may not see the repository: servers hide what one may not read.",
    "Try `git ls-remote URL` with the same credential.",
  ],
  VEXIL_REMOTE_CERTIFICATE: [
    "The certificate has expired, is for another name, or was issued by an authority that this machine does not know.",
    "Give the authority as the storage's ca_cert_path, or use the name that the certificate is for.",
  ],
  VEXIL_REMOTE_LOGIN_PAGE: [
    "The URL is that of a web page, or the server asks for a login in a browser.",
    "Use the URL that `git clone` takes, and a credential.",
  ],
  VEXIL_REMOTE_REDIRECT: [
    "The server sends elsewhere in a way that would give the credential to somebody else.",
    "Write the address that it redirects to as the storage's remote.",
  ],
  VEXIL_REMOTE_BRANCH_GONE: [
    "The branch was deleted or renamed at the remote. The last good state is served on.",
    "Push the branch again, or name another one as the storage's branch.",
  ],
  VEXIL_REMOTE_PROTOCOL: [
    "What answers is no git server, or something on the way changes its answers.",
    "Check the URL with `git ls-remote`.",
  ],
  VEXIL_REMOTE_TOO_LARGE: [
    "The repository holds more than the storage's limits.pack_bytes.",
    "Raise the limit, or keep flags in a repository of their own.",
  ],
  VEXIL_REMOTE_STATUS: [
    "The server answered with a status that git's protocol does not have here.",
    "The message names it; look at the server's log, or try the URL with git.",
  ],
  VEXIL_REMOTE_SERVICE: [
    "The git service at the remote said that it failed; the message repeats its words.",
    "Look at the server's log; `git fetch` from this machine says the same.",
  ],
  VEXIL_REMOTE_DIVERGED: [
    "Commits in a clone that Vexil serves and commits at the remote changed the same files in different ways.",
    "Merge or rebase the clone with git, as after any such pull; Vexil goes on from there.",
  ],
  VEXIL_REMOTE_GIT_MISSING: [
    "Remotes that are paths or file:// are read by the git program.",
    "Install git, or use an http or ssh remote.",
  ],
  VEXIL_AUTH_REJECTED: [
    "The credential is wrong, has expired, or is missing; the server wants one.",
    "Check the storage's credentials. It is not tried more often than polls are, so that no account is locked.",
  ],
  VEXIL_AUTH_HOST_KEY_UNKNOWN: [
    "The ssh server was never seen before, and its key is in no known_hosts that the credential names.",
    "Compare the fingerprint with what the server's operator publishes, then add the line to known_hosts.",
  ],
  VEXIL_AUTH_HOST_KEY_CHANGED: [
    "The ssh server shows another key than the one that is known: it was replaced, or somebody stands in between.",
    "Ask the server's operator before anything else; then replace the line in known_hosts.",
  ],
  VEXIL_AUTH_HOST_KEY_REVOKED: [
    "The key is marked as @revoked in known_hosts.",
    "Do not connect. The server needs a new key.",
  ],
  VEXIL_AUTH_HOST_KEY_CERTIFICATE: [
    "known_hosts has only a @cert-authority line for the host.",
    "Add the host's own key with `ssh-keyscan`, compared by another way.",
  ],
  VEXIL_AUTH_FILE: [
    "A key, password or token file is not there, is empty, or may not be read by the daemon's user.",
    "The message names the file: look at its path and mode.",
  ],
  VEXIL_AUTH_KEY: [
    "The file is no private key, is the .pub file, or its passphrase is wrong or missing.",
    "Give the private key and, if it has one, its passphrase.",
  ],
} as const satisfies Partial<RemediesOf>;
