import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import type { Scope } from "../files/temporary-directory.js";
import { type Certificate, makeCertificate } from "../network/certificate.js";
import { type GitHttpServerOptions, startGitHttpServer } from "./git-http-server.js";

/** Kind of request: the two greetings, the two version 2 commands (a version 0 fetch is a `fetch`), a push. */
export type RequestKind = "greeting" | "refs" | "fetch" | "push-greeting" | "push";

/**
 * Faults of the server. `after`: bytes of the body that still pass; negative: counted from its end.
 * - refused, silent, reset-connection: at the TCP level, before anything is read;
 * - drop: the request is read and the connection reset, the repository never sees it;
 * - hang-head: the repository answers, the client gets nothing;
 * - hang-body, truncate (a clean end), cut (FIN within the body), reset (RST within the body), corrupt (one byte flipped);
 * - endless: valid packets for ever; trickle: one byte at a time;
 * - status, page (a login page with 200), wrong-type (valid body), redirect;
 * - rewrite: any change to the body.
 */
export type Fault = {
  /** Only requests of these kinds; default: all. */
  readonly on?: readonly RequestKind[];
  /** How often; default: until it is taken back. */
  readonly times?: number;
} & (
  | { readonly type: "refused" | "silent" | "reset-connection" | "drop" | "hang-head" | "endless" | "trickle" }
  | { readonly type: "page" | "wrong-type" }
  | { readonly type: "hang-body" | "truncate" | "cut" | "reset" | "corrupt"; readonly after: number }
  | {
      readonly type: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** `to`: origin and path prefix that replace this server's; the rest of the URL follows. */
  | { readonly type: "redirect"; readonly to: string; readonly status?: number }
  | { readonly type: "rewrite"; readonly rewrite: (body: Buffer, kind: RequestKind) => Buffer }
);

/** A scripted proxy before native `git http-backend`. */
export interface FaultServer {
  readonly url: string;
  readonly origin: string;
  /** Kinds of all requests that arrived, in order. */
  readonly requests: RequestKind[];
  readonly certificate: Certificate | undefined;
  /** Sets what goes wrong from now on; undefined: nothing. Connections that are kept are cut, so that it counts. */
  fail(fault: Fault | undefined): Promise<void>;
}

export interface FaultServerOptions {
  readonly protocol?: GitHttpServerOptions["protocol"];
  /** TLS on the scripted side, with a certificate for `name` (default 127.0.0.1). */
  readonly tls?: { readonly name?: string };
}

const LOGIN_PAGE = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form></form></body></html>\n";

export async function startFaultServer(
  scope: Scope,
  repository: string,
  options: FaultServerOptions = {},
): Promise<FaultServer> {
  const upstream = await startGitHttpServer(scope, repository, { protocol: options.protocol ?? 2 });
  const certificate = options.tls === undefined ? undefined : await makeCertificate(scope, options.tls.name);
  const requests: RequestKind[] = [];
  const sockets = new Set<Socket>();
  let fault: Fault | undefined;
  let left = Number.POSITIVE_INFINITY;

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const body: Buffer[] = [];
    request.on("data", (chunk: Buffer) => body.push(chunk));
    request.on("error", () => {});
    request.on("end", () => {
      const sent = Buffer.concat(body);
      const kind = kindOf(request, sent);
      requests.push(kind);
      const hits = fault !== undefined && (fault.on === undefined || fault.on.includes(kind)) && left > 0;
      const applies = hits ? fault : undefined;
      if (hits) left -= 1;
      answer(upstream.origin, request, sent, kind, response, applies).catch(() => response.destroy());
    });
  };
  const http =
    certificate === undefined
      ? createServer(listener)
      : createTlsServer({ key: certificate.key, cert: certificate.cert }, listener);
  http.keepAliveTimeout = 300_000;
  http.on("tlsClientError", () => {});
  const front = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    if (fault?.type === "silent") return;
    if (fault?.type === "reset-connection") socket.once("data", () => socket.resetAndDestroy());
    else http.emit("connection", socket);
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      front.once("error", reject);
      front.listen(port, "127.0.0.1", resolve);
    });
  await listen(0);
  const { port } = front.address() as AddressInfo;
  const closeSockets = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const closeFront = (): Promise<void> =>
    new Promise((resolve) => {
      front.close(() => resolve());
      closeSockets();
    });
  scope.teardown(closeFront);
  const origin = `${certificate === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  return {
    url: `${origin}${new URL(upstream.url).pathname}`,
    origin,
    requests,
    certificate,
    fail: async (next) => {
      const wasRefused = fault?.type === "refused";
      fault = next;
      left = next?.times ?? Number.POSITIVE_INFINITY;
      if (next?.type === "refused") {
        if (!wasRefused) await closeFront();
        return;
      }
      if (wasRefused) await listen(port);
      closeSockets();
    },
  };
}

function kindOf(request: IncomingMessage, body: Buffer): RequestKind {
  const url = request.url ?? "";
  if (url.includes("service=git-receive-pack")) return "push-greeting";
  if (url.includes("/info/refs")) return "greeting";
  if (url.endsWith("/git-receive-pack")) return "push";
  return body.subarray(0, 200).includes("command=ls-refs") ? "refs" : "fetch";
}

async function answer(
  upstream: string,
  request: IncomingMessage,
  body: Buffer,
  kind: RequestKind,
  response: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  const { socket } = request;
  switch (fault?.type) {
    case "drop":
      socket.resetAndDestroy();
      return;
    case "status":
      response.writeHead(fault.status, { "content-type": "text/plain", ...fault.headers }).end(fault.body ?? "");
      return;
    case "page":
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(LOGIN_PAGE);
      return;
    case "redirect":
      response.writeHead(fault.status ?? 301, { location: `${fault.to}${request.url}` }).end();
      return;
    case "endless":
      sendForEver(kind, response);
      return;
    default:
  }
  const real = await forward(upstream, request, body);
  const type = fault?.type === "wrong-type" ? "text/plain" : real.type;
  const whole = fault?.type === "rewrite" ? fault.rewrite(real.body, kind) : real.body;
  const end = fault !== undefined && "after" in fault ? (fault.after + whole.byteLength) % whole.byteLength : 0;
  response.writeHead(real.status, { "content-type": type, "content-length": lengthOf(fault, whole, end) });
  response.on("error", () => {});
  switch (fault?.type) {
    case "hang-head":
      return;
    case "hang-body":
      response.write(whole.subarray(0, end));
      return;
    case "truncate":
      response.end(whole.subarray(0, end));
      return;
    case "cut":
      response.write(whole.subarray(0, end), () => socket.end());
      return;
    case "reset":
      response.flushHeaders();
      if (end > 0) await new Promise((resolve) => response.write(whole.subarray(0, end), resolve));
      // What was written has to be on its way before the reset overtakes it.
      setTimeout(() => socket.resetAndDestroy(), 50);
      return;
    case "corrupt":
      response.end(Buffer.from(whole.map((byte, index) => (index === end ? byte ^ 0xff : byte))));
      return;
    case "trickle":
      for (const byte of whole) await new Promise((resolve) => response.write(Buffer.of(byte), resolve));
      response.end();
      return;
    default:
      response.end(whole);
  }
}

const lengthOf = (fault: Fault | undefined, whole: Buffer, end: number): number =>
  fault?.type === "truncate" ? end : whole.byteLength;

function sendForEver(kind: RequestKind, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/octet-stream" });
  const oid = "1".repeat(40);
  const filling = "x".repeat(8000);
  const bands: Partial<Record<RequestKind, string>> = { fetch: "\u0001", push: "\u0002" };
  const line = bands[kind] === undefined ? `${oid} refs/heads/main${filling}\n` : `${bands[kind]}${filling}`;
  const packet = Buffer.from(`${(line.length + 4).toString(16).padStart(4, "0")}${line}`);
  const chunk = Buffer.concat(Array.from({ length: 100 }, () => packet));
  const prelude =
    kind === "greeting" ? "001e# service=git-upload-pack\n0000" : kind === "fetch" ? "000dpackfile\n" : "";
  if (prelude !== "") response.write(prelude);
  // A write that the kernel takes at once calls back without a turn of the event loop: the client, in this process too,
  // must have its own.
  const more = (): void => {
    if (!response.destroyed) response.write(chunk, () => setImmediate(more));
  };
  more();
}

function forward(
  upstream: string,
  request: IncomingMessage,
  body: Buffer,
): Promise<{ readonly status: number; readonly type: string; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = { ...request.headers, host: new URL(upstream).host, connection: "close" };
    const outgoing = send(`${upstream}${request.url}`, { method: request.method ?? "GET", headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const type = incoming.headers["content-type"] ?? "";
        resolve({ status: incoming.statusCode ?? 0, type, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
