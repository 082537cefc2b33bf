import type { IncomingHttpHeaders } from "node:http";
import { headerText } from "../../header-text.js";

/** Where this server is mounted, as a proxy says; anything but a plain path counts as nothing. */
export function prefixOf(headers: IncomingHttpHeaders): string {
  const given = headerText(headers, "x-forwarded-prefix") ?? "";
  const prefix = given.endsWith("/") ? given.slice(0, -1) : given;
  return /^(?:\/[\w.~-]+)+$/.test(prefix) ? prefix : "";
}

/** The page to go to after a login: the one that was asked for, if it is one of this server's; else the first. */
export function pageAfterLogin(headers: IncomingHttpHeaders, state: string | undefined): string {
  const wanted = originalState(state);
  return isLocal(wanted) ? wanted : `${prefixOf(headers)}/`;
}

/** A browser takes `//`, a backslash, and what it strips before them, for another server's. */
function isLocal(page: string): boolean {
  if (!/^\/[\w.~!$&'()*+,;=:@%/?#-]*$/.test(page) || page.startsWith("//")) return false;
  return URL.canParse(page, "http://own.invalid") && new URL(page, "http://own.invalid").host === "own.invalid";
}

function originalState(state = ""): string {
  try {
    const { original_state: original } = JSON.parse(Buffer.from(state, "base64url").toString("utf8")) as {
      readonly original_state?: unknown;
    };
    return typeof original === "string" ? original : "";
  } catch {
    return "";
  }
}
