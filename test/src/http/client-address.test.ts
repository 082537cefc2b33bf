import type { IncomingMessage } from "node:http";
import type { Network } from "@vexil/config/network";
import { networkOf } from "@vexil/config/network";
import test from "ava";
import { addressKey, ClientAddresses } from "../../../daemon/dist/http/limits/client-address.js";

test("an IPv4 address counts as it is, of an IPv6 address the first 64 bits", (t) => {
  const keys: readonly [string | undefined, string][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:0:7:1:2:3:4", "2001:db8:0:7::/64"],
    ["2001:0DB8::7", "2001:db8:0:0::/64"],
    ["2001:db8::a:b:c:d:e", "2001:db8:0:a::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    [undefined, ""],
  ];
  for (const [address, key] of keys) t.is(addressKey(address), key);
});

test("X-Forwarded-For is believed of trusted proxies only, from its end", (t) => {
  const proxies = ["10.0.0.0/8", "fd00::/8"].map((text) => networkOf(text)).filter((one) => one !== undefined);
  const of = (remoteAddress: string, forwarded?: string, trusted: readonly Network[] = proxies): string =>
    new ClientAddresses(() => trusted).of({
      socket: { remoteAddress },
      headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
    } as unknown as IncomingMessage);
  t.is(of("198.51.100.1", "203.0.113.9"), "198.51.100.1");
  t.is(of("10.1.2.3"), "10.1.2.3");
  t.is(of("10.1.2.3", "203.0.113.9"), "203.0.113.9");
  t.is(of("10.1.2.3", "192.0.2.66, 203.0.113.9, 10.9.9.9"), "203.0.113.9", "what stands before is the client's own");
  t.is(of("::ffff:10.1.2.3", "203.0.113.9:4711"), "203.0.113.9");
  t.is(of("fd00::1", "[2001:db8::1]:443"), "2001:db8:0:0::/64");
  t.is(of("10.1.2.3", "unknown"), "10.1.2.3");
  t.is(of("10.1.2.3", "203.0.113.9", []), "10.1.2.3");
});
