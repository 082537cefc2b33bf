import { spawn } from "node:child_process";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { basename, dirname } from "node:path";
import type { Scope } from "../files/temporary-directory.js";
import { type Certificate, makeCertificate } from "../network/certificate.js";
import { GIT_ENV } from "../repositories/native-git.js";

export interface LoggedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Bytes of the bodies, filled in as they pass. */
  received: number;
  sent: number;
  status: number;
}

export type ServerAuth =
  | { readonly type: "basic"; readonly username: string; readonly password: string }
  | { readonly type: "bearer"; readonly token: string };

export interface GitHttpServerOptions {
  /** May be changed while running, by {@link GitHttpServer.setAuth}. */
  readonly auth?: ServerAuth;
  /** TLS with a private authority made on the fly; `name` is what the certificate is for. */
  readonly tls?: { readonly name?: string };
  /** 0: the server ignores the `Git-Protocol` header, as old ones do. */
  readonly protocol?: 0 | 2;
  /** Fixed port, to start again where another server was. */
  readonly port?: number;
}

/** Native `git http-backend` behind node's own server, on 127.0.0.1. */
export interface GitHttpServer {
  /** URL of the repository. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  /** All requests so far; call `requests.length = 0` to forget them. */
  readonly requests: LoggedRequest[];
  /** TCP connections accepted so far. */
  readonly connections: () => number;
  readonly certificate: Certificate | undefined;
  setAuth(auth: ServerAuth | undefined): void;
  close(): Promise<void>;
}

/** Serves a bare repository with native `git http-backend`, for fetch and push. */
export async function startGitHttpServer(
  scope: Scope,
  repository: string,
  options: GitHttpServerOptions = {},
): Promise<GitHttpServer> {
  const requests: LoggedRequest[] = [];
  let connections = 0;
  let auth = options.auth;
  const certificate = options.tls === undefined ? undefined : await makeCertificate(scope, options.tls.name);
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const entry: LoggedRequest = {
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
      received: 0,
      sent: 0,
      status: 0,
    };
    requests.push(entry);
    if (!isAllowed(auth, request.headers.authorization)) {
      entry.status = 401;
      request.resume();
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"' }).end("Unauthorized");
      return;
    }
    serve(repository, options.protocol ?? 2, request, response, entry);
  };
  const server =
    certificate === undefined
      ? createServer(listener)
      : createTlsServer({ key: certificate.key, cert: certificate.cert }, listener);
  server.keepAliveTimeout = 300_000;
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const port = (server.address() as AddressInfo).port;
  const origin = `${certificate === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  scope.teardown(close);
  return {
    url: `${origin}/${basename(repository)}`,
    origin,
    port,
    requests,
    connections: () => connections,
    certificate,
    setAuth: (value) => {
      auth = value;
    },
    close,
  };
}

function isAllowed(auth: ServerAuth | undefined, header: string | undefined): boolean {
  if (auth === undefined) return true;
  if (auth.type === "bearer") return header === `Bearer ${auth.token}`;
  return header === `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}`;
}

/** CGI (RFC 3875) to `git http-backend`, for one request. */
function serve(
  repository: string,
  protocol: 0 | 2,
  request: IncomingMessage,
  response: ServerResponse,
  entry: LoggedRequest,
): void {
  const url = new URL(entry.url, "http://server");
  const gitProtocol = request.headers["git-protocol"];
  const child = spawn("git", ["http-backend"], {
    env: {
      ...GIT_ENV,
      GIT_PROJECT_ROOT: dirname(repository),
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: entry.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      CONTENT_LENGTH: request.headers["content-length"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      REMOTE_USER: "tester",
      REMOTE_ADDR: "127.0.0.1",
      ...(protocol === 2 && typeof gitProtocol === "string" ? { GIT_PROTOCOL: gitProtocol } : {}),
    },
  });
  child.stderr.resume();
  child.stdin.on("error", () => {});
  request.on("data", (chunk: Buffer) => {
    entry.received += chunk.byteLength;
  });
  request.pipe(child.stdin);
  request.on("aborted", () => child.kill());
  let head = Buffer.alloc(0);
  let started = false;
  child.stdout.on("data", (chunk: Buffer) => {
    let body = chunk;
    if (!started) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      started = true;
      entry.status = writeHead(response, head.subarray(0, end).toString("latin1"));
      body = head.subarray(end + 4);
    }
    entry.sent += body.byteLength;
    if (!response.write(body)) {
      child.stdout.pause();
      response.once("drain", () => child.stdout.resume());
    }
  });
  child.on("close", () => {
    if (!started) {
      entry.status = 500;
      response.writeHead(500);
    }
    response.end();
  });
}

function writeHead(response: ServerResponse, head: string): number {
  let status = 200;
  for (const line of head.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
  return status;
}
