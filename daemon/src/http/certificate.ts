import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { certificatesOf } from "./secure/client-certificates.js";

export interface CertificateFiles {
  readonly certFile: string;
  readonly certKey: string;
  /** Authorities of clients' certificates; undefined: clients are asked for none. */
  readonly clientCaFile: string | undefined;
}

/** Contents of the files, as TLS takes them. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer | undefined;
}

/** Looks after files of certificates. */
export interface CertificateWatch {
  /** Looks now. */
  readonly look: () => void;
  readonly stop: () => void;
}

/**
 * @param known contents that are known to fit together
 * @throws VexilError VEXIL_VALIDATION_CONFIG if the files cannot be read or do not fit together
 */
export async function readCertificate(
  { certFile, certKey, clientCaFile }: CertificateFiles,
  known?: Certificate,
): Promise<Certificate> {
  const [cert, key] = await usable("server.cert_file and server.cert_key", async () => {
    const [cert, key] = await Promise.all([readFile(certFile), readFile(certKey)]);
    if (!(known?.cert.equals(cert) === true && known.key.equals(key))) createSecureContext({ cert, key });
    return [cert, key] as const;
  });
  const ca = await usable("server.client_ca_file", async () => {
    if (clientCaFile === undefined) return undefined;
    const ca = await readFile(clientCaFile);
    if (known?.ca?.equals(ca) === true) return known.ca;
    if (certificatesOf(ca).length === 0) throw new Error("no certificate stands in it");
    createSecureContext({ ca });
    return ca;
  });
  return { cert, key, ca };
}

async function usable<T>(keys: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new VexilError("VEXIL_VALIDATION_CONFIG", `${keys} cannot be used: ${reason}`, { cause });
  }
}

/**
 * Looks whether certificates were renewed, and takes the new ones up; those that cannot be used are left alone, since
 * files that are being replaced do not fit together for a moment.
 */
export function watchCertificate(
  files: CertificateFiles,
  current: Certificate,
  apply: (certificate: Certificate) => void,
  logger: Logger,
  intervalMs = 5000,
): CertificateWatch {
  let served = current;
  let lastFailure: string | undefined;
  const look = async (): Promise<void> => {
    try {
      const found = await readCertificate(files, served);
      lastFailure = undefined;
      if (isSame(found, served)) return;
      apply(found);
      served = found;
      logEvent(logger, "certificate.renewed", {});
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== lastFailure) {
        logEvent(logger, "certificate.refused", {
          code: VexilError.is(error) ? error.code : undefined,
          reason,
        });
      }
      lastFailure = reason;
    }
  };
  const timer = setInterval(() => void look(), intervalMs);
  timer.unref();
  return { look: () => void look(), stop: () => clearInterval(timer) };
}

function isSame(left: Certificate, right: Certificate): boolean {
  const sameAuthorities = left.ca === right.ca || (left.ca !== undefined && right.ca?.equals(left.ca) === true);
  return left.cert.equals(right.cert) && left.key.equals(right.key) && sameAuthorities;
}
