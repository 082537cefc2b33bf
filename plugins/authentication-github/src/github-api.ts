import { boundedFetch } from "@vexil/plugin-api";
import { unavailable } from "./faults.js";

/** Bounds of one request, and of its answer. */
const REQUEST = { deadlineMs: 5_000, maxBytes: 4 * 2 ** 20 } as const;

/** Pages of a list that are read at most. */
const PAGES = 100;

/** GitHub's REST API, as seen by one user. */
export class GithubApi {
  readonly #url: string;
  readonly #accessToken: string;
  readonly #signal: AbortSignal;

  constructor(url: string, accessToken: string, signal: AbortSignal) {
    this.#url = url.replace(/\/+$/, "");
    this.#accessToken = accessToken;
    this.#signal = signal;
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_PROVIDER */
  async read(path: string): Promise<Readonly<Record<string, unknown>>> {
    const { body } = await this.#get(this.#url + path);
    if (isMap(body)) return body;
    throw unavailable(`${path} answered what is no map`);
  }

  /**
   * All items of a list, page after page.
   * @throws VexilError VEXIL_UNAVAILABLE_PROVIDER
   */
  async list(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const items: Readonly<Record<string, unknown>>[] = [];
    let url: string | undefined = this.#url + path;
    for (let page = 0; url !== undefined; page += 1) {
      if (page === PAGES) throw unavailable(`${path} has more than ${PAGES} pages`);
      const answer: Answer = await this.#get(url);
      if (!Array.isArray(answer.body)) throw unavailable(`${path} answered what is no list`);
      items.push(...answer.body.filter(isMap));
      url = this.#next(path, answer.link);
    }
    return items;
  }

  /** Address of the next page. The user's token goes to no other server. */
  #next(path: string, link: string | null): string | undefined {
    const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? "")?.[1];
    if (target === undefined) return undefined;
    const url = URL.canParse(target, this.#url) ? new URL(target, this.#url) : undefined;
    if (url?.origin === new URL(this.#url).origin) return url.href;
    throw unavailable(`${path} has its next page on another server`);
  }

  async #get(url: string): Promise<Answer> {
    const { pathname } = new URL(url);
    let response: Response;
    let text: string;
    try {
      response = await boundedFetch({ ...REQUEST, signal: this.#signal })(url, {
        redirect: "manual",
        headers: {
          authorization: `Bearer ${this.#accessToken}`,
          accept: "application/vnd.github+json",
          "user-agent": "vexil",
          "x-github-api-version": "2022-11-28",
        },
      });
      text = await response.text();
    } catch (error) {
      throw unavailable(`${pathname} did not answer${codeOf(error)}`);
    }
    if (response.status !== 200) throw unavailable(`${pathname} answered with status ${response.status}`);
    try {
      return { body: JSON.parse(text), link: response.headers.get("link") };
    } catch {
      throw unavailable(`${pathname} answered no JSON`);
    }
  }
}

interface Answer {
  readonly body: unknown;
  readonly link: string | null;
}

function codeOf(error: unknown): string {
  const code = (error as { readonly cause?: { readonly code?: unknown } }).cause?.code;
  return typeof code === "string" ? ` (${code})` : " in time";
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
