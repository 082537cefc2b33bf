import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";

export interface CertificateFiles {
  readonly certFile: string;
  readonly certKey: string;
}

export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** @throws VexilError VEXIL_VALIDATION_CONFIG if the files cannot be read or do not fit together */
export async function readCertificate({ certFile, certKey }: CertificateFiles): Promise<Certificate> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile), readFile(certKey)]);
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new VexilError("VEXIL_VALIDATION_CONFIG", `server.cert_file and server.cert_key cannot be used: ${reason}`, {
      cause,
    });
  }
}

/**
 * Looks whether the certificate was renewed, and takes the new one up; one that cannot be used is left alone, since
 * files that are being replaced do not fit together for a moment.
 * @returns stops looking
 */
export function watchCertificate(
  files: CertificateFiles,
  current: Certificate,
  apply: (certificate: Certificate) => void,
  logger: Logger,
  intervalMs = 5000,
): () => void {
  let served = current;
  let lastFailure: string | undefined;
  const look = async (): Promise<void> => {
    try {
      const found = await readCertificate(files);
      lastFailure = undefined;
      if (found.cert.equals(served.cert) && found.key.equals(served.key)) return;
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
  return () => clearInterval(timer);
}
