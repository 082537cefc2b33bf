import { X509Certificate } from "node:crypto";
import type { Identity, PresentedCredential } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api";
import { identityOf } from "./certificate-identity.js";

/** A certificate larger than this is nobody's; the server takes none that comes near. */
const LONGEST = 128 * 1024;

/** Callers by the client certificates that TLS has verified. */
export class CertificateMethod {
  readonly schemes = ["Certificate"] as const;

  /** The chain was checked when the connection was made: here is read whom the certificate names, and until when. */
  async verify({ scheme, value }: PresentedCredential): Promise<Identity | undefined> {
    const certificate = scheme === "Certificate" && value.length <= LONGEST ? parse(value) : undefined;
    if (certificate === undefined) return undefined;
    const now = Date.now();
    if (Date.parse(certificate.validTo) <= now || Date.parse(certificate.validFrom) > now) {
      throw new VexilError(
        "VEXIL_REFUSED_UNAUTHENTICATED",
        `the client certificate ${certificate.serialNumber} is valid from ${certificate.validFrom} to ${certificate.validTo}`,
      );
    }
    return identityOf(certificate);
  }

  async close(): Promise<void> {}
}

function parse(value: string): X509Certificate | undefined {
  const bytes = Buffer.from(value, "base64");
  // What has anything in front of it or behind would be another text for the same certificate.
  if (bytes.length === 0 || bytes.toString("base64") !== value) return undefined;
  try {
    const certificate = new X509Certificate(bytes);
    return certificate.raw.equals(bytes) ? certificate : undefined;
  } catch {
    return undefined;
  }
}
