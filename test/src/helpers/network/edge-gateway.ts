import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Scope } from "../files/temporary-directory.js";

/** A request that has passed. */
export interface PassedRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  /** When it came (`performance.now()`). */
  readonly at: number;
  /** Bytes of its answer's body so far. */
  bytes: number;
}

/** An HTTP proxy before an upstream, which counts, cuts, holds or answers itself. */
export interface EdgeGateway {
  readonly url: string;
  readonly passed: PassedRequest[];
  /** Where requests lead. */
  target(url: string): void;
  /** Answers in place of the upstream; undefined: it does. */
  answer(by: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined): void;
  /** Cuts all connections, and refuses new ones until `open`. */
  shut(): void;
  open(): void;
}

/** @param keepsHost requests go on with the host that they were sent to, as browsers' writes need */
export async function startEdgeGateway(scope: Scope, upstream: string, keepsHost = false): Promise<EdgeGateway> {
  const passed: PassedRequest[] = [];
  let target = upstream;
  let answer: Parameters<EdgeGateway["answer"]>[0];
  let isShut = false;
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "/";
    const { authorization } = incoming.headers;
    const entry = { method: incoming.method ?? "", path, authorization, at: performance.now(), bytes: 0 };
    passed.push(entry);
    if (answer?.(incoming, outgoing) === true) return;
    const to = `${target}${path}`;
    const headers = keepsHost ? incoming.headers : { ...incoming.headers, host: new URL(to).host };
    const passing = request(to, { method: incoming.method, headers }, (answered) => {
      outgoing.writeHead(answered.statusCode ?? 502, answered.headers);
      outgoing.flushHeaders();
      answered.on("data", (chunk: Buffer) => {
        entry.bytes += chunk.length;
        outgoing.write(chunk);
      });
      answered.on("end", () => outgoing.end());
      answered.on("error", () => outgoing.destroy());
    });
    passing.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passing.destroy());
    incoming.pipe(passing);
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    if (isShut) socket.resetAndDestroy();
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scope.teardown(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    target: (url) => {
      target = url;
    },
    answer: (by) => {
      answer = by;
    },
    shut: () => {
      isShut = true;
      for (const socket of sockets) socket.destroy();
    },
    open: () => {
      isShut = false;
    },
  };
}
