import type { X509Certificate } from "node:crypto";
import { type Identity, VexilError } from "@vexil/plugin-api";
import { alternativeNames } from "./alternative-names.js";

/** Longer names are nobody's: X.520 ends common names at 64 characters, and SPIFFE IDs at 2048 bytes. */
const LONGEST_NAME = 2048;

/** @throws VexilError VEXIL_REFUSED_UNAUTHENTICATED for a certificate that does not say clearly whose it is */
export function identityOf(certificate: X509Certificate): Identity {
  const { subject, issuer } = certificate.toLegacyObject();
  const attributes = attributesOf(subject);
  const names = alternativeNames(certificate.subjectAltName ?? "");
  if (names === undefined) throw unclear(certificate, "its alternative names cannot be read");
  const { cn } = attributes;
  if (typeof cn === "object") throw unclear(certificate, "it has more than one common name");
  const caller = cn ?? names.uri[0] ?? names.email[0] ?? names.dns[0];
  if (caller === undefined || caller === "" || caller.length > LONGEST_NAME || /\p{Cc}/u.test(caller)) {
    throw unclear(certificate, "it has neither a common name nor an alternative name that could be a caller's");
  }
  const email = names.email[0] ?? first(attributes.emailaddress);
  const issuerName = nameText(issuer);
  const { serialNumber: serial, fingerprint256: fingerprint, validTo } = certificate;
  return {
    subject: caller,
    name: cn ?? caller,
    email,
    metadata: {
      "io.vexil.auth.certificate.subject": nameText(subject),
      "io.vexil.auth.certificate.issuer": issuerName,
      "io.vexil.auth.certificate.serial": serial,
    },
    claims: { ...attributes, ...names, issuer: issuerName, serial, fingerprint },
    expiresAt: Date.parse(validTo),
  };
}

type Attributes = Readonly<Record<string, string | readonly string[] | undefined>>;

function attributesOf(name: object): Attributes {
  return Object.fromEntries(
    Object.entries(name).map(([key, value]) => [key.toLowerCase(), value as string | readonly string[]]),
  );
}

/** A name in one line: `O=Example, CN=cart`. Nothing in a value can be taken for the next attribute (RFC 4514 §2.4). */
function nameText(name: object): string {
  return Object.entries(name)
    .flatMap(([key, value]) => [value].flat().map((one) => `${key}=${escaped(String(one))}`))
    .join(", ");
}

/** RFC 4514 §2.4; what has no width or begins a line is written by its bytes. */
function escaped(value: string): string {
  const plain = value.replace(/^[ #]|[",+;<=>\\]| $/g, "\\$&");
  return plain.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Buffer.from(character).toString("hex").replace(/../g, "\\$&").toUpperCase(),
  );
}

const first = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === "string" ? value : value?.[0];

function unclear({ serialNumber }: X509Certificate, why: string): VexilError {
  return new VexilError("VEXIL_REFUSED_UNAUTHENTICATED", `the client certificate ${serialNumber} is nobody's: ${why}`);
}
