import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { TLSSocket } from "node:tls";
import type { Logger } from "@vexil/plugin-api";
import { RefusalLog } from "../../access/refusal-log.js";
import { type CertificateFiles, type CertificateWatch, readCertificate, watchCertificate } from "../certificate.js";
import type { ConnectionDeadlines } from "../connection-deadlines.js";
import type { ConnectionLimit } from "../limits/connection-limit.js";
import type { ListenSettings } from "../listen-settings.js";
import { ClientCertificates } from "./client-certificates.js";
import { Http2Connections, type SocketListener } from "./http2-connections.js";

export interface SecureServerOptions {
  readonly settings: ListenSettings;
  readonly deadlines: ConnectionDeadlines;
  readonly maxHeaderBytes: number;
  readonly limit: ConnectionLimit | undefined;
  readonly logger: Logger;
  readonly certificateIntervalMs: number | undefined;
  readonly listener: RequestListener;
}

export interface SecureServer {
  readonly server: Server;
  /** To be called with the server's `request` events, which are those of HTTP/1.1. */
  readonly receive: RequestListener;
  readonly http2: Http2Connections;
  readonly certificates: CertificateWatch;
}

const TLS = { minVersion: "TLSv1.2", ALPNProtocols: ["h2", "http/1.1"] } as const;

/**
 * Makes a server of TLS for HTTP/2 and HTTP/1.1, as the client chooses. Not `http2.createSecureServer` with
 * `allowHTTP1`: of HTTP/1.1's limits and deadlines that keeps some, others in other releases of the engine, and none can
 * be drained. Here HTTP/1.1 is the very server that it is without HTTP/2.
 * @throws VexilError VEXIL_VALIDATION_CONFIG
 */
export async function createSecureServer(options: SecureServerOptions): Promise<SecureServer> {
  const { settings, deadlines, maxHeaderBytes, limit, logger, certificateIntervalMs } = options;
  const { certFile = "", certKey = "", clientCertificates } = settings;
  const files: CertificateFiles = { certFile, certKey, clientCaFile: clientCertificates?.caFile };
  const certificate = await readCertificate(files);
  const server = createServer({
    ...deadlines,
    handshakeTimeout: deadlines.headersTimeout,
    maxHeaderSize: maxHeaderBytes,
    ...TLS,
    ...certificate,
    requestCert: clientCertificates !== undefined,
    // Where certificates are optional, those that are shown are looked at below.
    rejectUnauthorized: clientCertificates?.required === true,
  });
  const refusals = new RefusalLog(logger);
  server.once("close", () => refusals.flush());
  const clients = clientCertificates && new ClientCertificates(clientCertificates.required, refusals);
  // The engine would have it answered as HTTP that cannot be read. Such an answer waits for the handshake, and if the
  // client makes it after all, two parts of the engine write to one connection, which aborts the process.
  server.removeAllListeners("tlsClientError");
  server.on("tlsClientError", (error, socket) => {
    clients?.failed(error, socket);
    socket.destroy();
  });
  const receive = receiver(options, clients);
  const http2 = new Http2Connections({ deadlines, maxHeaderBytes, limit, receive });
  const ownListeners = server.listeners("secureConnection");
  server.removeAllListeners("secureConnection");
  server.on("secureConnection", (socket: TLSSocket) => {
    if (clients?.admit(socket) === false) return;
    if (socket.alpnProtocol === "h2") http2.accept(socket);
    else for (const listener of ownListeners) Reflect.apply(listener, server, [socket]);
  });
  let authorities = certificate.ca;
  const apply = (renewed: typeof certificate): void => {
    server.setSecureContext({ ...TLS, ...renewed });
    if (renewed.ca === undefined || authorities?.equals(renewed.ca) === true) return;
    authorities = renewed.ca;
    clients?.trustOnly(renewed.ca);
  };
  return {
    server,
    http2,
    receive: (request, response) => receive(request, response, request.socket as TLSSocket),
    certificates: watchCertificate(files, certificate, apply, logger, certificateIntervalMs),
  };
}

/** Hands requests on with what TLS knows of them. */
function receiver(
  { settings, listener }: SecureServerOptions,
  clients: ClientCertificates | undefined,
): SocketListener {
  const { strictTransport } = settings;
  return (request: IncomingMessage, response: ServerResponse, socket: TLSSocket) => {
    if (strictTransport !== undefined) response.setHeader("Strict-Transport-Security", strictTransport);
    if (clients?.present(request.headers, socket) !== false) listener(request, response);
  };
}
