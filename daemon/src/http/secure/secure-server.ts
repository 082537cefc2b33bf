import type { RequestListener, Server } from "node:http";
import { createServer } from "node:https";
import type { TLSSocket } from "node:tls";
import type { Logger } from "@vexil/plugin-api";
import { type CertificateFiles, readCertificate, watchCertificate } from "../certificate.js";
import type { ConnectionDeadlines } from "../connection-deadlines.js";
import type { ConnectionLimit } from "../limits/connection-limit.js";
import { Http2Connections } from "./http2-connections.js";

export interface SecureServerOptions {
  readonly files: CertificateFiles;
  readonly deadlines: ConnectionDeadlines;
  readonly maxHeaderBytes: number;
  readonly limit: ConnectionLimit | undefined;
  readonly logger: Logger;
  readonly certificateIntervalMs: number | undefined;
  /** Gets requests by HTTP/2. Those by HTTP/1.1 are the server's `request` events. */
  readonly listener: RequestListener;
}

export interface SecureServer {
  readonly server: Server;
  readonly http2: Http2Connections;
  readonly stopWatching: () => void;
}

const TLS = { minVersion: "TLSv1.2", ALPNProtocols: ["h2", "http/1.1"] } as const;

/**
 * Makes a server of TLS for HTTP/2 and HTTP/1.1, as the client chooses. Not `http2.createSecureServer` with
 * `allowHTTP1`: of HTTP/1.1's limits and deadlines that keeps some, others in other releases of the engine, and none can
 * be drained. Here HTTP/1.1 is the very server that it is without HTTP/2.
 * @throws VexilError VEXIL_VALIDATION_CONFIG
 */
export async function createSecureServer(options: SecureServerOptions): Promise<SecureServer> {
  const { files, deadlines, maxHeaderBytes, logger, certificateIntervalMs } = options;
  const certificate = await readCertificate(files);
  const handshakeTimeout = deadlines.headersTimeout;
  const server = createServer({
    ...deadlines,
    handshakeTimeout,
    maxHeaderSize: maxHeaderBytes,
    ...TLS,
    ...certificate,
  });
  const http2 = new Http2Connections(options);
  const ownListeners = server.listeners("secureConnection");
  server.removeAllListeners("secureConnection");
  server.on("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol === "h2") http2.accept(socket);
    else for (const listener of ownListeners) Reflect.apply(listener, server, [socket]);
  });
  const stopWatching = watchCertificate(
    files,
    certificate,
    (renewed) => server.setSecureContext({ ...TLS, ...renewed }),
    logger,
    certificateIntervalMs,
  );
  return { server, http2, stopWatching };
}
