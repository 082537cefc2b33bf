import { createServer, request as send } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Scope } from "../files/temporary-directory.js";

/** A forward proxy on 127.0.0.1 that logs what passes. */
export interface HttpProxy {
  readonly url: string;
  /** `CONNECT host:port`, `GET http://…`. */
  readonly requests: string[];
}

/** @param authorization what `Proxy-Authorization` has to be; without it: anybody */
export async function startHttpProxy(scope: Scope, authorization?: string): Promise<HttpProxy> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (authorization !== undefined && request.headers["proxy-authorization"] !== authorization) {
      response.writeHead(407).end();
      return;
    }
    const { "proxy-authorization": _, ...headers } = request.headers;
    const options = { method: request.method ?? "GET", headers };
    const outgoing = send(request.url ?? "", options, (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, incoming.headers);
      incoming.pipe(response);
    });
    outgoing.on("error", () => response.destroy());
    request.pipe(outgoing);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("connect", (request, client: Socket) => {
    requests.push(`CONNECT ${request.url}`);
    if (authorization !== undefined && request.headers["proxy-authorization"] !== authorization) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const target = connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    for (const socket of [target, client]) socket.on("error", () => target.destroy());
    sockets.add(target);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scope.teardown(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
