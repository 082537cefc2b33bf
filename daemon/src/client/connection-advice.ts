import type { ClientTls } from "./client-tls.js";

/** A connection to a daemon that came to nothing. */
export interface LostConnection {
  readonly url: string;
  /** The code of the fault, as Node and OpenSSL name it, or its text. */
  readonly reason: string;
  readonly tls: ClientTls;
  /** Advice where nothing better is known. */
  readonly hint: string;
}

/** Says why no daemon answers, as far as the fault tells, and what may help. */
export function connectionAdvice(lost: LostConnection): string {
  const { url, reason } = lost;
  if (isOfCertificate(reason)) {
    return `the certificate of ${url} is not trusted (${reason}); name a file with the certificate of its authority with --ca-file`;
  }
  return `no daemon answers at ${url}: ${reason}${advice(lost)}`;
}

function advice({ url, reason, tls, hint }: LostConnection): string {
  const isTls = new URL(url).protocol === "https:";
  const isShown = isTls && tls.cert !== undefined;
  if (/CERTIFICATE_REQUIRED|BAD_CERTIFICATE|HANDSHAKE_FAILURE|UNKNOWN_CA|CERTIFICATE_EXPIRED/.test(reason)) {
    return isShown ? REFUSED : "; it asks for a client certificate: --client-cert and --client-key";
  }
  if (isTls && /^EPROTO$|WRONG_VERSION_NUMBER/.test(reason)) {
    return "; if it speaks no TLS, write http://";
  }
  if (reason !== "ECONNRESET") return hint;
  // Who is refused for a certificate sees no more than the end of the connection, if that comes first.
  if (isShown) return REFUSED;
  return isTls ? hint : "; if it serves TLS, write https://";
}

const REFUSED =
  "; it refuses the certificate of --client-cert: an authority of its server.client_ca_file has to sign it";

/** Tells whether a fault is of a server's certificate, by the names that OpenSSL and Node have. */
function isOfCertificate(reason: string): boolean {
  return /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/.test(reason);
}
