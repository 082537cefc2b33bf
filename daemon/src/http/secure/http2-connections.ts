import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, createServer, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { ConnectionDeadlines } from "../connection-deadlines.js";
import type { ConnectionLimit } from "../limits/connection-limit.js";
import { PlainHttp2Request } from "./http2-request.js";
import { PlainHttp2Response } from "./http2-response.js";
import { Movement } from "./movement.js";
import { UnfinishedRequests } from "./unfinished-requests.js";

/** Requests that a connection may have under way: more than a client may have streams, who is to be told so. */
const MAX_STREAMS = 2500;
/** Answers and headers that one connection may hold back, in megabytes; answers have a limit of their own. */
const MAX_SESSION_MEGABYTES = 64;
/** A connection that has been closed may take this long to go away. */
const LINGER_MS = 1000;

interface Connection {
  readonly socket: TLSSocket;
  readonly session: ServerHttp2Session;
  readonly movement: Movement;
  /** Requests under way. */
  requests: number;
  /** It has had a request. */
  isServed: boolean;
  /** Since when there is none under way (`performance.now()`). */
  restsSince: number;
  /** When it was told that no more requests are taken. */
  closedAt: number | undefined;
}

export interface Http2Options {
  readonly deadlines: ConnectionDeadlines;
  readonly maxHeaderBytes: number;
  /** Absent: any number of connections. */
  readonly limit: ConnectionLimit | undefined;
  readonly receive: SocketListener;
}

/** Takes a request and the connection by which it came. */
export type SocketListener = (request: IncomingMessage, response: ServerResponse, socket: TLSSocket) => void;

/**
 * The connections of a TLS server whose clients have chosen HTTP/2. What HTTP/1.1's server does by itself is done here:
 * deadlines for heads, bodies, unread answers and standstill, rest between requests, and an end without cutting a
 * request short.
 */
export class Http2Connections {
  readonly #options: Http2Options;
  readonly #connections = new Map<ServerHttp2Session, Connection>();
  readonly #unfinished: UnfinishedRequests;
  /** Never listens: it is handed connections. */
  readonly #engine;
  readonly #timer: NodeJS.Timeout;
  #draining = false;

  constructor(options: Http2Options) {
    const { deadlines, maxHeaderBytes } = options;
    this.#options = options;
    this.#unfinished = new UnfinishedRequests(deadlines.requestTimeout);
    this.#engine = createServer(
      {
        settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: maxHeaderBytes },
        maxSessionMemory: MAX_SESSION_MEGABYTES,
        Http2ServerRequest: PlainHttp2Request,
        Http2ServerResponse: PlainHttp2Response,
      },
      (request, response) => this.#receive(request, response),
    );
    this.#timer = setInterval(() => this.#sweep(), deadlines.connectionsCheckingInterval).unref();
  }

  /** Takes over a connection, once its handshake is done. */
  accept(socket: TLSSocket): void {
    if (socket.destroyed) return;
    // The engine aborts the process where somebody else writes to a connection of HTTP/2.
    if (socket.writableLength > 0 || socket.writableEnded) {
      socket.destroy();
      return;
    }
    this.#engine.once("session", (session) => {
      const connection: Connection = {
        socket,
        session,
        movement: new Movement(session, socket),
        requests: 0,
        isServed: false,
        restsSince: performance.now(),
        closedAt: undefined,
      };
      this.#connections.set(session, connection);
      socket.once("close", () => this.#connections.delete(session));
    });
    this.#engine.emit("connection", socket);
  }

  /** No connection takes more requests: those that come all the same their clients may send elsewhere. */
  drain(): void {
    this.#draining = true;
    for (const connection of this.#connections.values()) if (connection.isServed) close(connection);
  }

  /** Ends connections without a request under way. */
  closeIdle(): void {
    for (const connection of this.#connections.values()) if (connection.requests === 0) end(connection);
  }

  /** Cuts what is left. */
  destroy(): void {
    clearInterval(this.#timer);
    for (const { socket } of this.#connections.values()) socket.destroy();
  }

  #receive(request: PlainHttp2Request, response: PlainHttp2Response): void {
    const { stream } = request;
    const connection =
      stream.session === undefined ? undefined : this.#connections.get(stream.session as ServerHttp2Session);
    // Whoever has taken the request back already gets no answer: it would cost what taking back does not.
    if (connection === undefined || stream.destroyed) return;
    this.#follow(connection, stream);
    if (!stream.endAfterHeaders) this.#unfinished.add(request, response);
    const [plain, answer] = [request as unknown as IncomingMessage, response as unknown as ServerResponse];
    this.#options.receive(plain, answer, connection.socket);
    // Not at once: the engine is still reading what came with the request, and whoever closes meanwhile corrupts its memory.
    if (this.#draining || this.#options.limit?.isBeyond(connection.socket) === true) setImmediate(close, connection);
  }

  #follow(connection: Connection, stream: ServerHttp2Stream): void {
    connection.requests += 1;
    connection.isServed = true;
    this.#options.limit?.admitStream(connection.socket, stream);
    stream.once("close", () => {
      connection.requests -= 1;
      connection.restsSince = performance.now();
    });
    stream.setTimeout(this.#options.deadlines.readTimeout);
    stream.on("timeout", () => {
      if (stream.writableLength > 0) stream.close(constants.NGHTTP2_CANCEL);
    });
  }

  #sweep(): void {
    const { deadlines } = this.#options;
    const { headersTimeout, keepAliveTimeout } = deadlines;
    const now = performance.now();
    this.#unfinished.refuseLate(now);
    for (const connection of this.#connections.values()) {
      const { socket, movement, requests, restsSince, isServed, closedAt } = connection;
      const mayRestMs = isServed ? keepAliveTimeout : headersTimeout;
      if (requests > 0) {
        if (movement.hasCeased(now, deadlines)) socket.destroy();
      } else if (closedAt !== undefined || now - restsSince > mayRestMs) end(connection);
    }
  }
}

function close(connection: Connection): void {
  connection.closedAt ??= performance.now();
  connection.session.close();
}

/** A client that does not let go is cut off. */
function end(connection: Connection): void {
  const { closedAt, socket } = connection;
  if (closedAt === undefined) close(connection);
  else if (performance.now() - closedAt > LINGER_MS) socket.destroy();
}
