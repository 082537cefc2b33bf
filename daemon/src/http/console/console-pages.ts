import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestTarget } from "../request-target.js";
import { prefixOf } from "../routes/auth/local-page.js";
import { type BuiltFile, builtFiles } from "./built-files.js";
import { PAGE_HEADERS } from "./page-headers.js";

/** First pieces of paths that are no pages, whether or not there is a route. */
const NO_PAGES: ReadonlySet<string> = new Set([
  ...["api", "assets", "auth", "client", "evaluate", "health", "hooks", "internal", "meta", "metrics", "ofrep"],
  ...["openapi.json", "favicon.ico", "robots.txt"],
]);

/** As the built page has it. */
const TOP = '<base href="/" />';
const FOR_EVER = "public, max-age=31536000, immutable";

/**
 * The web console: files that whoever comes may have, as they say nothing of any flag. Paths that are no file are pages
 * of it for browsers that go there, and for nobody else.
 */
export class ConsolePages {
  readonly #isEnabled: () => boolean;
  readonly #read: () => Promise<ReadonlyMap<string, BuiltFile>>;
  #files: Promise<ReadonlyMap<string, BuiltFile>> | undefined;

  constructor(isEnabled: () => boolean, read: () => Promise<ReadonlyMap<string, BuiltFile>> = builtFiles) {
    this.#isEnabled = isEnabled;
    this.#read = read;
  }

  /** @returns what resolves to the status, or to undefined if it did not answer; undefined if it will not */
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    target: RequestTarget,
  ): Promise<number | undefined> | undefined {
    if (!this.#isEnabled() || (request.method !== "GET" && request.method !== "HEAD")) return undefined;
    const [first = ""] = target.segments;
    if (first === "assets") return this.#asset(request, response, target.segments.join("/"));
    if (NO_PAGES.has(first) || !asksForPage(request)) return undefined;
    return this.#page(request, response);
  }

  async #asset(request: IncomingMessage, response: ServerResponse, name: string): Promise<number | undefined> {
    const file = (await this.#all()).get(name);
    if (file === undefined) return undefined;
    response.setHeader("Vary", "Accept-Encoding");
    const coding = [...file.coded.keys()].find((one) => accepts(request, one));
    const bytes = (coding === undefined ? undefined : file.coded.get(coding)) ?? file.bytes;
    if (coding !== undefined) response.setHeader("Content-Encoding", coding);
    const etag = `"${file.etag}${coding === undefined ? "" : `-${coding}`}"`;
    return send(request, response, { type: file.type, etag, bytes, cache: FOR_EVER });
  }

  /** One page stands for all: its script shows what the address names. */
  async #page(request: IncomingMessage, response: ServerResponse): Promise<number | undefined> {
    const file = (await this.#all()).get("index.html");
    if (file === undefined) return undefined;
    response.setHeader("Vary", "Accept, X-Forwarded-Prefix");
    for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
    const text = file.bytes.toString().replace(TOP, `<base href="${prefixOf(request.headers)}/" />`);
    const bytes = Buffer.from(text);
    const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 20)}"`;
    return send(request, response, { type: file.type, etag, bytes, cache: "no-cache" });
  }

  /** Read when they are first asked for; what could not be read is tried again. */
  #all(): Promise<ReadonlyMap<string, BuiltFile>> {
    this.#files ??= this.#read().catch(() => {
      this.#files = undefined;
      return new Map();
    });
    return this.#files;
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { type, etag, bytes, cache }: { type: string; etag: string; bytes: Buffer; cache: string },
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

/** Tells whether a browser goes there, which no client of the API does. */
function asksForPage({ headers }: IncomingMessage): boolean {
  return /(?:^|,)\s*text\/html\s*(?:[;,]|$)/i.test(headers.accept ?? "");
}

function accepts({ headers }: IncomingMessage, coding: string): boolean {
  const given = String(headers["accept-encoding"] ?? "").toLowerCase();
  return given.split(",").some((one) => {
    const [name = "", ...parameters] = one.split(";").map((part) => part.trim());
    return name === coding && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}
