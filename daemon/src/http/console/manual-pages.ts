import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestTarget } from "../request-target.js";
import { type BuiltFile, builtFiles, MANUAL } from "./built-files.js";
import { MANUAL_HEADERS } from "./page-headers.js";
import { sendBuilt } from "./send-file.js";

/**
 * The manual below `/docs`: pages without scripts, which whoever comes may have. `/docs/configuration` is the page
 * `configuration.html`.
 */
export class ManualPages {
  readonly #read: () => Promise<ReadonlyMap<string, BuiltFile>>;
  #files: Promise<ReadonlyMap<string, BuiltFile>> | undefined;

  constructor(read: () => Promise<ReadonlyMap<string, BuiltFile>> = () => builtFiles(MANUAL)) {
    this.#read = read;
  }

  /** @returns the status; undefined: there is no such page, and nothing was answered */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    { segments }: RequestTarget,
  ): Promise<number | undefined> {
    const files = await this.#all();
    if (files.size === 0) return undefined;
    // Links are relative, so that they lead on behind a proxy, too; they begin below the folder.
    const isFolder = request.url?.split("?")[0]?.endsWith("/") === true;
    if (isFolder && segments.length > 1) return undefined;
    if (!isFolder && segments.length === 1) {
      response.writeHead(307, { Location: "docs/", "Content-Length": 0 }).end();
      return 307;
    }
    const name = segments.slice(1).join("/") || "index";
    const file = files.get(name) ?? files.get(`${name}.html`);
    if (file === undefined) return undefined;
    for (const [key, value] of Object.entries(MANUAL_HEADERS)) response.setHeader(key, value);
    return sendBuilt(request, response, file, "no-cache");
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
