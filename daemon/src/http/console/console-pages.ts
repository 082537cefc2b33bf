import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { API_PATHS } from "@vexil/config/own-paths";
import type { RequestTarget } from "../request-target.js";
import { prefixOf } from "../routes/auth/local-page.js";
import { type BuiltFile, builtFiles } from "./built-files.js";
import { ManualPages } from "./manual-pages.js";
import { PAGE_HEADERS } from "./page-headers.js";
import { sendBuilt, sendFile } from "./send-file.js";

/** First pieces of paths that are no pages, besides those of the API, whether or not there is a route. */
const NO_PAGES: ReadonlySet<string> = new Set(["favicon.ico", "robots.txt"]);

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
  readonly #manual = new ManualPages();
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
    if (first === "docs") return this.#manual.answer(request, response, target);
    if (first === "assets") return this.#asset(request, response, target.segments.join("/"));
    if (API_PATHS.has(first) || NO_PAGES.has(first) || !asksForPage(request)) return undefined;
    return this.#page(request, response);
  }

  async #asset(request: IncomingMessage, response: ServerResponse, name: string): Promise<number | undefined> {
    const file = (await this.#all()).get(name);
    if (file === undefined) return undefined;
    return sendBuilt(request, response, file, FOR_EVER);
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
    return sendFile(request, response, { type: file.type, etag, bytes, cache: "no-cache" });
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

/** Tells whether a browser goes there, which no client of the API does. */
function asksForPage({ headers }: IncomingMessage): boolean {
  return /(?:^|,)\s*text\/html\s*(?:[;,]|$)/i.test(headers.accept ?? "");
}
