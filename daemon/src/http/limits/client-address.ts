import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import type { Network } from "@vexil/config/network";

/** Tells clients apart by address. IPv6 networks hand out a /64 to everybody, so that much of an address counts. */
export class ClientAddresses {
  readonly #proxies: () => readonly Network[];
  #listed: readonly Network[] = [];
  #trusted = new BlockList();

  /** @param proxies those whose `X-Forwarded-For` is believed; they may change */
  constructor(proxies: () => readonly Network[]) {
    this.#proxies = proxies;
  }

  /** The client of a request: of a trusted proxy's the last address it forwards for that is no trusted proxy itself. */
  of(request: IncomingMessage): string {
    const direct = request.socket.remoteAddress;
    const forwarded = request.headers["x-forwarded-for"];
    if (forwarded === undefined || !this.isTrusted(direct)) return addressKey(direct);
    let client = direct;
    for (const entry of forwarded.toString().split(",").reverse()) {
      const address = plainAddress(entry.trim());
      // What is no address was not written by a proxy that knows its client.
      if (isIP(address) === 0) break;
      client = address;
      if (!this.isTrusted(address)) break;
    }
    return addressKey(client);
  }

  isTrusted(address: string | undefined): boolean {
    const proxies = this.#proxies();
    if (proxies.length === 0 || address === undefined) return false;
    if (proxies !== this.#listed) {
      this.#listed = proxies;
      this.#trusted = new BlockList();
      for (const { address: network, prefix, family } of proxies) this.#trusted.addSubnet(network, prefix, family);
    }
    const plain = plainAddress(address);
    return this.#trusted.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
  }
}

/** Key by which an address is counted; `""` for a Unix socket, which has none. */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return "";
  const plain = plainAddress(address);
  return isIP(plain) === 6 ? `${firstGroups(plain)}::/64` : plain;
}

/** Without port, brackets and zone; an IPv4 address that is written as IPv6 is IPv4. */
function plainAddress(text: string): string {
  let plain = text;
  const bracket = /^\[([^\]]*)\](?::\d+)?$/.exec(plain);
  if (bracket?.[1] !== undefined) plain = bracket[1];
  else if (/^\d+\.\d+\.\d+\.\d+:\d+$/.test(plain)) plain = plain.slice(0, plain.indexOf(":"));
  const zone = plain.indexOf("%");
  if (zone !== -1) plain = plain.slice(0, zone);
  return plain.toLowerCase().startsWith("::ffff:") && plain.includes(".") ? plain.slice("::ffff:".length) : plain;
}

/** The first four groups of an IPv6 address, each without leading zeros. */
function firstGroups(address: string): string {
  const [head = "", tail] = address.split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  // A dotted ending stands for two groups.
  const length = before.length + after.length + (address.includes(".") ? 1 : 0);
  const zeros = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - length)).fill("0");
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
