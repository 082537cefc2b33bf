import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Logger, ServerConfig } from "@vexil/core";
import { readCertificate, watchCertificate } from "./certificate.js";
import { Connections } from "./drain.js";
import { type ListenTarget, listen } from "./listen.js";

export interface ListeningServer {
  /** Where it listens, for people and clients: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Whether it has stopped accepting. */
  readonly draining: boolean;
  /** Stops accepting; resolves when the last connection has ended, at the latest after `deadlineMs`. */
  close(deadlineMs: number): Promise<void>;
}

export interface ServerOptions {
  readonly server: Pick<ServerConfig, "protocol" | "host" | "port" | "certFile" | "certKey">;
  readonly logger: Logger;
  /** Instead of host and port of the configuration. */
  readonly listen?: ListenTarget | undefined;
  readonly certificateIntervalMs?: number | undefined;
}

/** How long a client may take to send one request, and a connection may rest between two. */
const LIMITS = { requestTimeout: 60_000, headersTimeout: 30_000, keepAliveTimeout: 75_000 } as const;

/**
 * Listens and hands requests to `listener`. There is no listener for `upgrade`: a request that offers one is answered
 * as if it did not (`http-api.md` §10).
 * @throws VexilError VEXIL_UNAVAILABLE_ADDRESS, VEXIL_VALIDATION_CONFIG
 */
export async function startServer(options: ServerOptions, listener: RequestListener): Promise<ListeningServer> {
  const { server, stopWatching } = await createConfiguredServer(options);
  const connections = new Connections(server);
  // One listener for both: a request costs more with two.
  server.on("request", (request, response) => {
    connections.admit(request.socket, response);
    listener(request, response);
  });
  const { protocol, host, port } = options.server;
  await listen(server, options.listen ?? { host, port });
  return {
    url: urlOf(protocol, host, server),
    get draining() {
      return connections.draining;
    },
    close: (deadlineMs) => {
      stopWatching();
      return connections.drain(deadlineMs);
    },
  };
}

async function createConfiguredServer({
  server: { protocol, certFile, certKey },
  logger,
  certificateIntervalMs,
}: ServerOptions): Promise<{ readonly server: Server; readonly stopWatching: () => void }> {
  if (protocol === "http") return { server: createServer(LIMITS), stopWatching: () => {} };
  const files = { certFile: certFile ?? "", certKey: certKey ?? "" };
  const certificate = await readCertificate(files);
  const tls = { minVersion: "TLSv1.2" } as const;
  const server = createTlsServer({ ...LIMITS, ...tls, ...certificate });
  const stopWatching = watchCertificate(
    files,
    certificate,
    (renewed) => server.setSecureContext({ ...tls, ...renewed }),
    logger,
    certificateIntervalMs,
  );
  return { server, stopWatching };
}

function urlOf(protocol: string, host: string, server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") return `${protocol}+unix:${address ?? ""}`;
  return `${protocol}://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}
