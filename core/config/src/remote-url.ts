import { Secret } from "@vexil/plugin-api";
import { configError } from "./config-error.js";

/** A remote as written, taken apart. */
export interface SplitRemote {
  /** Without user and password (an ssh URL keeps its user). */
  readonly remote: string;
  readonly basic: { readonly username: string; readonly password: Secret } | undefined;
}

/** Splits user and password off an http URL, so that they are never printed with it. */
export function splitRemote(remote: string, key: string): SplitRemote {
  const url = /^(?:https?|ssh):\/\//i.test(remote) && URL.canParse(remote) ? new URL(remote) : undefined;
  if (url === undefined) {
    if (/^(?:https?|ssh):\/\//i.test(remote)) throw configError(`${key} is not a valid URL`);
    return { remote, basic: undefined };
  }
  if (url.protocol === "ssh:") {
    if (url.password !== "")
      throw configError(`${key}: a password in an ssh URL is not supported; name a credential of type ssh`);
    return { remote, basic: undefined };
  }
  if (url.username === "" && url.password === "") return { remote, basic: undefined };
  const basic = { username: decode(url.username), password: new Secret(decode(url.password)) };
  url.username = "";
  url.password = "";
  return { remote: url.href, basic };
}

/**
 * The remote that an ssh credential means (`config.md` §2.3): `https://host/p` and `host/p` become `user@host:p`; an
 * ssh URL keeps its absolute path and gets the user.
 */
export function sshRemote(remote: string, user: string): string {
  if (/^file:\/\/|^[./~]/.test(remote)) return remote;
  const url = /^[a-z]+:\/\//i.test(remote) ? new URL(remote) : undefined;
  const scp = url === undefined ? /^(?:([^@/]+)@)?([^@/:]+):(?!\/\/)(.+)$/.exec(remote) : null;
  const named = url?.username ? decode(url.username) : scp?.[1];
  if (named !== undefined && named !== user) {
    throw configError(`conflicting SSH users: URL contains "${named}" but credentials specify "${user}"`);
  }
  if (url?.protocol === "ssh:") {
    url.username = encodeURIComponent(user);
    return url.href;
  }
  if (url !== undefined) return `${user}@${url.hostname}:${decode(url.pathname.replace(/^\//, ""))}`;
  if (scp !== null) return `${user}@${scp[2]}:${scp[3]}`;
  const plain = /^([^/@:]+\.[^/@:]+|localhost)\/(.+)$/.exec(remote);
  return plain === null ? remote : `${user}@${plain[1]}:${plain[2]}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
