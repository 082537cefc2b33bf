import { VexilError } from "@vexil/plugin-api";

/** Where a remote's repository is, as ssh sees it. */
export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** As the server gets it: `/absolute`, `relative/to/home` or `~user/path`. */
  readonly path: string;
}

interface Location {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly path: string;
}

const DEFAULT_USER = "git";

/**
 * Reads a remote of any form that an ssh credential may have: `user@host:path`, `ssh://user@host:port/path`, and what
 * becomes ssh by having such a credential: `https://host/path` and `host/path`.
 * @param user the credential's user; without one, that of the URL, else `git`
 * @throws VexilError VEXIL_VALIDATION_CONFIG
 */
export function parseSshRemote(remote: string, user: string | undefined): SshTarget {
  const location = /^[a-z][a-z0-9+.-]*:\/\//i.test(remote) ? parseUrl(remote) : parseScp(remote);
  if (location === undefined || !/^[^-./~][^/]*$/.test(location.host) || location.path === "") {
    throw invalid("the remote is no ssh address; write it as git@host:path or ssh://git@host:port/path");
  }
  if (/[\0\r\n]/.test(location.path)) throw invalid("the remote's path holds a line break or a zero byte");
  if (location.user !== undefined && user !== undefined && location.user !== user) {
    throw invalid(`conflicting SSH users: URL contains "${location.user}" but credentials specify "${user}"`);
  }
  return { ...location, user: user ?? location.user ?? DEFAULT_USER };
}

/**
 * The command line that starts a git service, for the login shell at the other end. Quoted as git quotes
 * (`git-sh-prompt` and `git-shell` read it back); a path that looks like an option becomes `./-path`.
 */
export function serviceCommand(service: string, path: string): string {
  const safe = path.startsWith("-") ? `./${path}` : path;
  return `${service} '${safe.replace(/['!]/g, (character) => `'\\${character}'`)}'`;
}

/** `host` on the ssh port, `[host]:port` otherwise: how known_hosts and messages name a server. */
export function hostLabel(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

function parseUrl(remote: string): Location | undefined {
  let url: URL;
  try {
    url = new URL(remote);
  } catch {
    return undefined;
  }
  const path = decode(url.pathname);
  const host = unbracket(decode(url.hostname)).toLowerCase();
  const user = url.username === "" ? undefined : decode(url.username);
  switch (url.protocol) {
    case "ssh:":
    case "git+ssh:":
    case "ssh+git:":
      // `/~user` is somebody's home directory (git-clone(1), "GIT URLS")
      return { host, port: Number(url.port || 22), user, path: path.replace(/^\/(?=~)/, "").replace(/^\/$/, "") };
    case "https:":
    case "http:":
      // its port belongs to http; its user is no ssh user
      return { host, port: 22, user: undefined, path: path.replace(/^\/+/, "") };
    default:
      return undefined;
  }
}

function parseScp(remote: string): Location | undefined {
  const match =
    /^(?:([^@/]*)@)?(\[[^\]/]+\]|[^:/[\]]+):(.*)$/s.exec(remote) ?? /^(?:([^@/]*)@)?([^:/@]+)\/(.*)$/s.exec(remote);
  if (match === null) return undefined;
  const [, user, host = "", path = ""] = match;
  return { host: unbracket(host).toLowerCase(), port: 22, user: user || undefined, path };
}

function unbracket(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

/** Percent-decoding that leaves alone what is none, as git does. */
function decode(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

function invalid(message: string): VexilError {
  return new VexilError("VEXIL_VALIDATION_CONFIG", message, { details: { step: "connect" } });
}
