import { Secret } from "@vexil/plugin-api";
import { configError } from "./config-error.js";

/** A remote as written, taken apart. */
export interface SplitRemote {
  /** Without user and password (an ssh URL keeps its user). */
  readonly remote: string;
  /** Credentials from its user part. */
  readonly login: { readonly username: string; readonly password: Secret } | undefined;
}

/** Splits user and password off an http URL, so that they are never printed with it. */
export function splitRemote(remote: string, key: string): SplitRemote {
  const url = /^(?:https?|ssh):\/\//i.test(remote) && URL.canParse(remote) ? new URL(remote) : undefined;
  if (url === undefined) {
    if (/^(?:https?|ssh):\/\//i.test(remote)) throw configError(`${key} is not a valid URL`);
    return { remote, login: undefined };
  }
  if (url.protocol === "ssh:") {
    if (url.password !== "")
      throw configError(`${key}: a password in an ssh URL is not supported; name a credential of type ssh`);
    return { remote, login: undefined };
  }
  if (url.username === "" && url.password === "") return { remote, login: undefined };
  const login = { username: decode(url.username), password: new Secret(decode(url.password)) };
  url.username = "";
  url.password = "";
  return { remote: url.href, login };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
