import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { deflate, gzip } from "node:zlib";

const compressors = { gzip: promisify(gzip), deflate: promisify(deflate) } as const;

/** Below this many bytes compression costs more than it saves. */
const COMPRESS_FROM_BYTES = 1024;

export type Encoding = keyof typeof compressors;

/** The encoding of an answer: gzip before deflate, `q` values not looked at. */
export function acceptedEncoding(request: IncomingMessage): Encoding | undefined {
  const accepted = request.headers["accept-encoding"]?.toLowerCase();
  if (accepted === undefined) return undefined;
  if (accepted.includes("gzip")) return "gzip";
  return accepted.includes("deflate") ? "deflate" : undefined;
}

/** Tells whether the answer is to be indented. */
export function isPretty(request: IncomingMessage, pretty: boolean): boolean {
  return pretty || request.headers.accept === "application/json+pretty";
}

export type AnswerHeaders = Readonly<Record<string, string>>;

/** Sends a JSON text. The answer is complete when this returns, or is being compressed off the event loop. */
export function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  json: string,
  headers?: AnswerHeaders,
): void {
  sendText(request, response, status, "application/json", json, headers);
}

/** Sends a text of any type. */
export function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  contentType: string,
  text: string,
  headers?: AnswerHeaders,
): void {
  const encoding = text.length < COMPRESS_FROM_BYTES ? undefined : acceptedEncoding(request);
  if (encoding !== undefined) {
    void sendCompressed(response, status, { ...headers, "Content-Type": contentType }, text, encoding);
    return;
  }
  response.writeHead(status, {
    "Content-Type": contentType,
    "Content-Length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

async function sendCompressed(
  response: ServerResponse,
  status: number,
  headers: AnswerHeaders,
  text: string,
  encoding: Encoding,
): Promise<void> {
  const bytes = await compressors[encoding](text);
  if (response.destroyed || response.headersSent) return;
  response.appendHeader("Vary", "Accept-Encoding");
  response.writeHead(status, { ...headers, "Content-Encoding": encoding, "Content-Length": bytes.length });
  response.end(bytes);
}

/** Indents JSON by two spaces. */
export function indented(json: string): string {
  return JSON.stringify(JSON.parse(json), undefined, 2);
}
