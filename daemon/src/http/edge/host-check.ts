import type { IncomingMessage } from "node:http";
import { VexilError } from "@vexil/plugin-api/errors";
import { isLoopbackName, isWebName, parseAuthority, targetAuthority } from "./authority.js";

/**
 * Kind of name that a request was sent to: the daemon's `own`; one of the `local` network, which no page of the web
 * has; or a `foreign` one.
 */
export type HostVerdict = "own" | "local" | "foreign";

const KEPT_NAMES = 1000;

/**
 * Keeps pages from reaching a daemon on a loopback address by a name of their own that they have turned to it (DNS
 * rebinding): to the browser that is the page's own server, so nothing but the name tells them apart.
 */
export class HostCheck {
  readonly #allowed: ReadonlySet<string>;
  readonly #known = new Map<string, HostVerdict>();

  /** @param allowedHosts names, with a port or for any */
  constructor(allowedHosts: readonly string[]) {
    this.#allowed = new Set(allowedHosts.map((entry) => entry.toLowerCase()));
  }

  /** By the header alone: browsers name no host anywhere else. */
  judge(request: IncomingMessage): HostVerdict {
    return this.#judgeName(request.headers.host ?? "");
  }

  /** By the header and by the URL, where that names a host too. */
  judgeBoth(request: IncomingMessage): HostVerdict {
    const host = this.judge(request);
    const authority = targetAuthority(request.url ?? "/");
    if (authority === undefined) return host;
    const target = this.#judgeName(authority);
    return target === "foreign" || host === "own" ? target : host;
  }

  #judgeName(text: string): HostVerdict {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const verdict = this.#verdict(text);
    if (this.#known.size >= KEPT_NAMES) this.#known.clear();
    if (text.length <= 256) this.#known.set(text, verdict);
    return verdict;
  }

  #verdict(text: string): HostVerdict {
    // No browser sends a request without a name.
    if (text === "") return "own";
    const authority = parseAuthority(text);
    if (authority === undefined) return "foreign";
    const { name } = authority;
    if (isLoopbackName(name) || this.#allowed.has(text.toLowerCase()) || this.#allowed.has(bracketed(name))) {
      return "own";
    }
    return isWebName(name) ? "foreign" : "local";
  }
}

const bracketed = (name: string): string => (name.includes(":") ? `[${name}]` : name);

/** The refusal of a request by a name that is not the daemon's. */
export function foreignHostError(request: IncomingMessage): VexilError {
  const host = targetAuthority(request.url ?? "/") ?? request.headers.host ?? "";
  return new VexilError(
    "VEXIL_REFUSED_HOST",
    `this daemon listens on a loopback address and is not asked as ${JSON.stringify(host.slice(0, 200))}; a name that it shall answer to belongs into server.allowed_hosts`,
  );
}
