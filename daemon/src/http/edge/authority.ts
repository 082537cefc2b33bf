import { BlockList, isIP } from "node:net";

/** Host and port as a `Host` header, a URL or an origin names them. */
export interface Authority {
  /** In lower case; an IPv6 address without its brackets. */
  readonly name: string;
  /** `""` where none is named. */
  readonly port: string;
}

const SHAPE = /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\],]+))(?::(\d{0,5}))?$/i;

/** @returns undefined for what names no host, or more than that */
export function parseAuthority(text: string): Authority | undefined {
  const match = SHAPE.exec(text);
  if (match === null) return undefined;
  const [, address, name = "", port = ""] = match;
  if (address !== undefined && isIP(address) !== 6) return undefined;
  return { name: (address ?? name).toLowerCase(), port };
}

/** The authority of a URL in absolute form, as requests through a proxy name it; undefined for a mere path. */
export function targetAuthority(url: string): string | undefined {
  return url.startsWith("/") ? undefined : /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Tells whether an address is one of this machine alone. */
export function isLoopbackAddress(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && loopback.check(address, version === 6 ? "ipv6" : "ipv4");
}

/** Tells whether a name means this machine wherever it is looked up. */
export function isLoopbackName(name: string): boolean {
  return name === "localhost" || name === "localhost." || isLoopbackAddress(name);
}

/**
 * Tells whether a page of the web can have this host: an address is not looked up, and a single label is nobody's
 * there.
 */
export function isWebName(name: string): boolean {
  return isIP(name) === 0 && name.includes(".");
}
