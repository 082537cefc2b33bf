import type { IncomingHttpHeaders } from "node:http";
import type { PresentedCredential } from "@vexil/plugin-api";

/**
 * Certificates of requests' connections, by the requests' headers: with these goes all that tells who calls, but what
 * stands here no client can have sent.
 */
const certificates = new WeakMap<IncomingHttpHeaders, PresentedCredential>();

/** Says whose connection a request came by: the client's certificate in DER, base64. TLS must have verified it. */
export function certificateCredential(value: string): PresentedCredential {
  return { scheme: "Certificate", value };
}

export function presentCertificate(headers: IncomingHttpHeaders, credential: PresentedCredential): void {
  certificates.set(headers, credential);
}

export function presentedCertificate(headers: IncomingHttpHeaders): PresentedCredential | undefined {
  return certificates.get(headers);
}
