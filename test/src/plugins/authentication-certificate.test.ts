import { X509Certificate } from "node:crypto";
import certificate from "@vexil/authentication-certificate";
import type { Identity } from "@vexil/plugin-api";
import { authenticationConformance } from "@vexil/plugin-api/testing";
import test from "ava";
import { makeMethod } from "../helpers/access/make-method.js";
import {
  type ClientAuthority,
  type ClientCertificate,
  clientAuthority,
} from "../helpers/network/client-certificate.js";
import { holdsCase } from "../helpers/plugins/conformance-case.js";

const undo: (() => unknown)[] = [];
let authority: ClientAuthority;
let cart: ClientCertificate;
test.before("make an authority", async () => {
  authority = await clientAuthority({ teardown: (step) => undo.push(step) }, "Clients of Example");
  cart = await authority.issue("/O=Example/OU=web/OU=shop/CN=cart", [
    "subjectAltName=URI:spiffe://example.com/ns/shop/sa/cart,email:cart@example.com,DNS:cart.example.com,IP:10.0.0.7",
  ]);
});
test.after.always("throw it away", async () => {
  for (const step of undo) await step();
});

const derOf = ({ cert }: ClientCertificate): string => new X509Certificate(cert).raw.toString("base64");

async function verify(value: string, scheme: "Certificate" | "Bearer" = "Certificate"): Promise<Identity | undefined> {
  const { method } = await makeMethod({ teardown: (step) => undo.push(step) }, certificate, {});
  return method.verify?.({ scheme, value }, AbortSignal.timeout(10_000));
}

for (const one of authenticationConformance(
  certificate,
  {},
  {
    credential: () => ({ scheme: "Certificate", value: derOf(cart) }),
  },
)) {
  test.serial(`certificate ${one.title}`, (t) => holdsCase(t, one));
}

test("a certificate's subject and alternative names tell who calls", async (t) => {
  const identity = await verify(derOf(cart));
  const { fingerprint256, validTo } = new X509Certificate(cart.cert);
  t.like(identity, {
    subject: "cart",
    name: "cart",
    email: "cart@example.com",
    expiresAt: Date.parse(validTo),
    claims: {
      cn: "cart",
      o: "Example",
      ou: ["web", "shop"],
      uri: ["spiffe://example.com/ns/shop/sa/cart"],
      email: ["cart@example.com"],
      dns: ["cart.example.com"],
      ip: ["10.0.0.7"],
      issuer: "CN=Clients of Example",
      serial: "01",
      fingerprint: fingerprint256,
    },
  });
});

test("without a common name an alternative name is the caller's", async (t) => {
  const uri = await authority.issue("/O=Example", ["subjectAltName=DNS:a.example.com,URI:spiffe://example.com/a"]);
  t.is((await verify(derOf(uri)))?.subject, "spiffe://example.com/a");
  const address = await authority.issue("/O=Example/emailAddress=old@example.com", [
    "subjectAltName=email:ada@example.com",
  ]);
  t.like(await verify(derOf(address)), { subject: "ada@example.com", email: "ada@example.com" });
});

test("a name that looks like several is one", async (t) => {
  const odd = await authority.issue("/O=Example, CN=admin/CN=mallory", [
    "subjectAltName=@names",
    "[names]",
    "URI.1=spiffe://example.com/x\\, URI:spiffe://example.com/admin",
    "DNS.1=a\\, DNS:admin",
  ]);
  const { claims, subject } = (await verify(derOf(odd))) ?? {};
  t.is(subject, "mallory");
  t.like(claims, {
    o: "Example, CN=admin",
    uri: ["spiffe://example.com/x, URI:spiffe://example.com/admin"],
    dns: ["a, DNS:admin"],
  });
});

test("a certificate that does not say clearly whose it is is nobody's", async (t) => {
  for (const subject of ["/O=Example", "/CN=cart/CN=admin"]) {
    const unclear = await authority.issue(subject);
    await t.throwsAsync(verify(derOf(unclear)), { message: /is nobody's/ });
  }
});

test("what is no certificate, or is one in another text, is nobody's", async (t) => {
  const value = derOf(cart);
  for (const other of [
    "",
    "cart",
    `${value}AAAA`,
    // Bytes behind it, whatever its length is.
    Buffer.concat([Buffer.from(value, "base64"), Buffer.alloc(3)]).toString("base64"),
    ` ${value}`,
    value.slice(4),
    `${value}\n`,
    cart.cert,
    "A".repeat(200_000),
  ]) {
    t.is(await verify(other), undefined);
  }
  t.is(await verify(value, "Bearer"), undefined);
});
