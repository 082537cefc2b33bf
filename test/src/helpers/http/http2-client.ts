import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from "node:http2";
import { join } from "node:path";
import type { Config } from "@vexil/config/config";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { type Certificate, makeCertificate } from "../network/certificate.js";

/** A whole answer by HTTP/2. */
export interface Http2Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Code of the frame that ended the stream; 0 if it ended well. */
  readonly code: number;
}

const DEADLINE_MS = 60_000;

/** A certificate for 127.0.0.1, and the part of `server` that serves with it. */
export interface TlsFiles {
  readonly certificate: Certificate;
  readonly server: Pick<Config["server"], "protocol" | "certFile" | "certKey">;
}

export async function tlsFiles(scope: Scope): Promise<TlsFiles> {
  const certificate = await makeCertificate(scope);
  const directory = await temporaryDirectory(scope);
  const [certFile, certKey] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  await Promise.all([writeFile(certFile, certificate.cert), writeFile(certKey, certificate.key)]);
  return { certificate, server: { protocol: "https", certFile, certKey } };
}

/** A connection of HTTP/2; cut when the test ends. */
export async function http2Session(
  scope: Scope,
  url: string,
  { caPath }: Pick<Certificate, "caPath">,
  options: SecureClientSessionOptions = {},
): Promise<ClientHttp2Session> {
  const session = connect(url, { ca: await readFile(caPath), ...options });
  // What goes wrong with it the requests say.
  session.on("error", () => {});
  scope.teardown(() => session.destroy());
  await once(session, "connect");
  return session;
}

/** Sends a request, its body too, and reads the answer. */
export function send(
  session: ClientHttp2Session,
  method: string,
  path: string,
  { headers = {}, body }: { readonly headers?: OutgoingHttpHeaders; readonly body?: string } = {},
): Promise<Http2Answer> {
  const stream = session.request({ ":method": method, ":path": path, ...headers }, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  return answerOf(stream);
}

/** Reads the answer to a request. Rejects when there is none. */
export function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    let headers: Readonly<Record<string, unknown>> | undefined;
    let text = "";
    let failure: Error | undefined;
    const late = setTimeout(() => reject(new Error(`no answer within ${DEADLINE_MS} ms: ${text}`)), DEADLINE_MS);
    stream.setEncoding("utf8");
    stream.on("response", (received) => {
      headers = received;
    });
    stream.on("data", (chunk: string) => {
      text += chunk;
    });
    stream.on("error", (error) => {
      failure = error;
    });
    stream.on("close", () => {
      clearTimeout(late);
      if (headers === undefined) reject(failure ?? new Error(`no answer (${stream.rstCode})`));
      else resolve({ status: Number(headers[":status"]), headers, text, code: stream.rstCode });
    });
  });
}

/** An open stream by HTTP/2, and what has come of it. */
export interface Http2Events {
  readonly stream: ClientHttp2Stream;
  readonly text: () => string;
  /** Waits until what has come satisfies the condition. */
  readonly until: (condition: (text: string) => boolean) => Promise<string>;
  /** Resolves when it has ended, with the code of that. */
  readonly ended: Promise<number>;
}

/** Opens an event stream of a namespace. */
export function openEvents(session: ClientHttp2Session, path: string): Http2Events {
  const stream = session.request({ ":path": path, accept: "text/event-stream" });
  let text = "";
  const watchers = new Set<() => void>();
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    text += chunk;
    for (const look of watchers) look();
  });
  stream.on("error", () => {});
  const until: Http2Events["until"] = (condition) =>
    new Promise((found, failed) => {
      const late = setTimeout(() => failed(new Error(`so far: ${text.slice(0, 300)}`)), DEADLINE_MS);
      const look = (): void => {
        if (!condition(text)) return;
        clearTimeout(late);
        watchers.delete(look);
        found(text);
      };
      watchers.add(look);
      look();
    });
  const ended = new Promise<number>((resolve) => stream.once("close", () => resolve(stream.rstCode)));
  return { stream, text: () => text, until, ended };
}

/** Resolves with the code of the GOAWAY by which the server ends the connection, once that is over. */
export async function sessionEnd(session: ClientHttp2Session): Promise<number | undefined> {
  let code: number | undefined;
  session.once("goaway", (received) => {
    code = received;
  });
  if (!session.destroyed) await once(session, "close", { signal: AbortSignal.timeout(DEADLINE_MS) });
  return code;
}

export const { NGHTTP2_NO_ERROR, NGHTTP2_CANCEL } = constants;
