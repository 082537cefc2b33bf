import { Http2ServerRequest, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { ReadableOptions } from "node:stream";

const PSEUDO_FIELDS = [":method", ":scheme", ":authority", ":path", ":protocol"] as const;

/**
 * A request by HTTP/2 that looks like one by HTTP/1.1: it has a `Host`, no pseudo-header fields (RFC 9113 §8.3.1) among
 * its headers, says whether it has a body, and has no end when its client has gone away before that.
 */
export class PlainHttp2Request extends Http2ServerRequest {
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    options: ReadableOptions,
    rawHeaders: readonly string[],
  ) {
    super(stream, plainHeaders(headers, stream.endAfterHeaders), options, plainRawHeaders(rawHeaders));
  }

  /** The engine ends what was cut off as if it were whole. */
  override emit(event: string | symbol, ...values: unknown[]): boolean {
    return event === "end" && this.aborted ? false : super.emit(event, ...values);
  }
}

/** Method and path are read off the pseudo-header fields, so they stay, but nobody who goes through the headers sees them. */
function plainHeaders(headers: IncomingHttpHeaders, hasNoBody: boolean): IncomingHttpHeaders {
  const authority = headers[":authority"];
  if (authority !== undefined) headers.host = authority;
  if (!hasNoBody && headers["content-length"] === undefined) headers["transfer-encoding"] = "chunked";
  for (const name of PSEUDO_FIELDS) {
    if (headers[name] !== undefined) Object.defineProperty(headers, name, { enumerable: false });
  }
  return headers;
}

/** A `Host` beside the authority is one name too many, unless both are the same. */
function plainRawHeaders(rawHeaders: readonly string[]): string[] {
  const plain: string[] = [];
  let authority: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = "", value = ""] = [rawHeaders[index], rawHeaders[index + 1]];
    if (name === ":authority") {
      authority = value;
      plain.push("host", value);
    } else if (!name.startsWith(":") && !(name === "host" && value === authority)) plain.push(name, value);
  }
  return plain;
}
