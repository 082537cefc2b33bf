import type { IncomingMessage, ServerResponse } from "node:http";
import type { BuiltFile } from "./built-files.js";

/** Bytes as they are sent, whatever they were made of. */
interface SentFile {
  readonly type: string;
  /** With its quotes. */
  readonly etag: string;
  readonly bytes: Buffer;
  /** The header `Cache-Control`. */
  readonly cache: string;
}

/** Sends bytes, or 304 to who has them. @returns the status */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { type, etag, bytes, cache }: SentFile,
): number {
  response.setHeader("Cache-Control", cache);
  response.setHeader("ETag", etag);
  response.setHeader("X-Content-Type-Options", "nosniff");
  const known = request.headers["if-none-match"]?.split(",").map((one) => one.trim().replace(/^W\//, ""));
  if (known?.some((one) => one === etag || one === "*") === true) {
    response.removeHeader("Content-Encoding");
    response.writeHead(304).end();
    return 304;
  }
  response.writeHead(200, { "Content-Type": type, "Content-Length": bytes.length });
  response.end(request.method === "HEAD" ? undefined : bytes);
  return 200;
}

/** Sends a file as it was built, in the smallest form that the request takes. @returns the status */
export function sendBuilt(request: IncomingMessage, response: ServerResponse, file: BuiltFile, cache: string): number {
  response.setHeader("Vary", "Accept-Encoding");
  const coding = [...file.coded.keys()].find((one) => accepts(request, one));
  const bytes = (coding === undefined ? undefined : file.coded.get(coding)) ?? file.bytes;
  if (coding !== undefined) response.setHeader("Content-Encoding", coding);
  const etag = `"${file.etag}${coding === undefined ? "" : `-${coding}`}"`;
  return sendFile(request, response, { type: file.type, etag, bytes, cache });
}

function accepts({ headers }: IncomingMessage, coding: string): boolean {
  const given = String(headers["accept-encoding"] ?? "").toLowerCase();
  return given.split(",").some((one) => {
    const [name = "", ...parameters] = one.split(";").map((part) => part.trim());
    return name === coding && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}
