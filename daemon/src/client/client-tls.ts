import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { checkServerIdentity, createSecureContext, type PeerCertificate, rootCertificates } from "node:tls";

/** Files that a command speaks TLS with. */
export interface TlsFiles {
  /** With certificates of authorities that the daemon's may be issued by, besides the system's. */
  readonly caFile?: string | undefined;
  readonly clientCert?: string | undefined;
  readonly clientKey?: string | undefined;
  /** The certificate that a daemon on this machine serves with. */
  readonly ownCertFile?: string | undefined;
}

export type ClientTls = Pick<RequestOptions, "ca" | "cert" | "key" | "checkServerIdentity"> & {
  readonly allowPartialTrustChain?: boolean;
  /** The Unix socket that is connected with, instead of the address. */
  readonly socketPath?: string;
};

/**
 * Settings for connections to a daemon. One on this machine is known by its certificate: that says other names than the
 * address at which it is reached here.
 * @throws Error that says which file cannot be read, or that certificate and key are no pair
 */
export async function clientTls({ caFile, clientCert, clientKey, ownCertFile }: TlsFiles): Promise<ClientTls> {
  if ((clientCert === undefined) !== (clientKey === undefined)) {
    throw new Error("--client-cert and --client-key belong together: a certificate and its key");
  }
  const ca = caFile === undefined ? undefined : await pem(caFile, "--ca-file");
  // Who may not read it, or where it is not, trusts what all others trust.
  const own = ownCertFile === undefined ? undefined : await readFile(ownCertFile, "utf8").catch(() => undefined);
  const trusted = [ca, own].filter((text) => text !== undefined);
  const cert = clientCert === undefined ? undefined : await pem(clientCert, "--client-cert");
  const key = clientKey === undefined ? undefined : await pem(clientKey, "--client-key");
  if (cert !== undefined && key !== undefined) requirePair(cert, key);
  return {
    ...(trusted.length > 0 && { ca: [...rootCertificates, ...trusted] }),
    ...(own !== undefined && { allowPartialTrustChain: true, checkServerIdentity: isOwnOr(own) }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

function requirePair(cert: string, key: string): void {
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw new Error(
      code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH"
        ? "--client-key is not the key of the certificate in --client-cert"
        : `--client-cert and --client-key cannot be used: ${code}`,
    );
  }
}

async function pem(file: string, option: string): Promise<string> {
  try {
    const text = await readFile(file, "utf8");
    if (text.includes("-----BEGIN ")) return text;
  } catch (error) {
    throw new Error(`${option} ${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`);
  }
  throw new Error(`${option} ${file} is no PEM file`);
}

function isOwnOr(own: string): (host: string, certificate: PeerCertificate) => Error | undefined {
  const expected = new X509Certificate(own).raw;
  return (host, certificate) => (certificate.raw.equals(expected) ? undefined : checkServerIdentity(host, certificate));
}
