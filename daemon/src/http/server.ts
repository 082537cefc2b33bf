import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "@vexil/plugin-api";
import { CONNECTION_DEADLINES, type ConnectionDeadlines } from "./connection-deadlines.js";
import { Connections } from "./drain.js";
import type { ConnectionLimit } from "./limits/connection-limit.js";
import { type ListenTarget, listen, PORT_SETTINGS } from "./listen.js";
import type { ListenSettings } from "./listen-settings.js";
import { createSecureServer, type SecureServer } from "./secure/secure-server.js";
import { addressOf, urlOf } from "./server-address.js";
import { answerUnreadable, MOST_HEADER_BYTES } from "./unreadable-requests.js";

export interface ListeningServer {
  /** Where it listens, for users and clients: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The address that connections are accepted on; undefined for a socket that is none of the network. */
  readonly address: string | undefined;
  /** True if it has stopped accepting. */
  readonly draining: boolean;
  /** Looks at once whether the certificates have changed, which it does every few seconds. */
  renewCertificates(): void;
  /** Serves a connection that somebody else has accepted. */
  accept(socket: Socket): void;
  /** Stops accepting; resolves when the last connection has ended, at the latest after `deadlineMs`. */
  close(deadlineMs: number): Promise<void>;
}

export interface ServerOptions {
  readonly server: ListenSettings;
  readonly logger: Logger;
  /** Absent: any number of connections. */
  readonly limit?: ConnectionLimit;
  /** Setting to change when the port is taken. */
  readonly portSetting?: string;
  /** Instead of host and port of the configuration. `handed`: nowhere, its connections are accepted elsewhere. */
  readonly listen?: ListenTarget | "handed" | undefined;
  readonly certificateIntervalMs?: number | undefined;
  /** Others than the usual ones. */
  readonly deadlines?: Partial<ConnectionDeadlines> | undefined;
}

/**
 * Listens and hands requests to `listener`. There is no listener for `upgrade`: a request that offers one is answered
 * as if it did not.
 * @throws VexilError VEXIL_UNAVAILABLE_ADDRESS, VEXIL_VALIDATION_CONFIG
 */
export async function startServer(options: ServerOptions, listener: RequestListener): Promise<ListeningServer> {
  const deadlines = { ...CONNECTION_DEADLINES, ...options.deadlines };
  const { server, http2, receive, certificates } = await createConfiguredServer(options, deadlines, listener);
  if (options.limit !== undefined) limitConnections(server, options.limit, options.server.protocol);
  const connections = new Connections(server, http2);
  server.setTimeout(deadlines.readTimeout, (socket: Socket) => {
    if (socket.writableLength > 0) socket.destroy();
  });
  answerUnreadable(server, options.logger);
  // One listener for both: a request costs more with two.
  server.on("request", (request, response) => {
    connections.admit(request.socket, response);
    receive(request, response);
  });
  const { protocol, host, port } = options.server;
  // The engine watches deadlines of a server that listens.
  const target = options.listen === "handed" ? undefined : options.listen;
  if (options.listen === "handed") server.emit("listening");
  else await listen(server, target ?? { host, port }, options.portSetting ?? PORT_SETTINGS[protocol]);
  return {
    url: urlOf(protocol, target ?? { host, port }, server),
    address: addressOf(server),
    get draining() {
      return connections.draining;
    },
    accept: (socket) => {
      // As those that it accepts itself.
      socket.allowHalfOpen = protocol === "http";
      server.emit("connection", socket);
    },
    renewCertificates: () => certificates?.look(),
    close: (deadlineMs) => {
      certificates?.stop();
      return connections.drain(deadlineMs);
    },
  };
}

/** With TLS the refusal goes over the encrypted socket, which comes after the raw one. */
function limitConnections(server: Server, limit: ConnectionLimit, protocol: "http" | "https"): void {
  if (protocol === "http") {
    server.on("connection", (socket: Socket) => limit.admit(socket) && limit.tellLater(socket));
    return;
  }
  const beyond = new Set<string>();
  const name = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
  server.on("connection", (socket: Socket) => {
    if (!limit.admit(socket)) return;
    const peer = name(socket);
    beyond.add(peer);
    socket.once("close", () => beyond.delete(peer));
  });
  server.on("secureConnection", (socket: Socket) => beyond.has(name(socket)) && limit.tellLater(socket));
}

async function createConfiguredServer(
  { server: settings, logger, limit, certificateIntervalMs }: ServerOptions,
  deadlines: ConnectionDeadlines,
  listener: RequestListener,
): Promise<Partial<SecureServer> & Pick<SecureServer, "server" | "receive">> {
  const maxHeaderBytes = MOST_HEADER_BYTES;
  if (settings.protocol === "http") {
    return { server: createServer({ ...deadlines, maxHeaderSize: maxHeaderBytes }), receive: listener };
  }
  return createSecureServer({ settings, deadlines, maxHeaderBytes, limit, logger, certificateIntervalMs, listener });
}
