import { get, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";
import type { Scope } from "../files/temporary-directory.js";
import { checkAnswer } from "./described-answers.js";

const DEADLINE_MS = 90_000;

/** An endless answer and what has come of it so far. */
export interface OpenStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: () => string;
  /** Waits until what has come satisfies the condition. */
  readonly until: (condition: (text: string) => boolean, deadlineMs?: number) => Promise<string>;
  /** Whole messages so far: lines, or events. */
  readonly messages: () => readonly string[];
  /** Resolves when the server has ended the stream; rejects if it was cut. */
  readonly ended: Promise<void>;
  readonly response: IncomingMessage;
  readonly close: () => void;
}

/** Opens a stream; resolves when its headers are there. Closed when the test ends. */
export function openStream(
  scope: Scope,
  url: string,
  headers: Readonly<Record<string, string>> = {},
  options: { readonly read?: boolean } = {},
): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, headers }, (response) => {
      let text = "";
      const watchers = new Set<() => void>();
      const source = response.headers["content-encoding"] === "gzip" ? response.pipe(createGunzip()) : response;
      const ended = new Promise<void>((done, cut) => {
        source.once("end", done);
        source.once("error", cut);
        response.once("error", cut);
      });
      ended.catch(() => {});
      if (options.read !== false) {
        source.setEncoding("utf8");
        source.on("data", (chunk: string) => {
          text += chunk;
          for (const watcher of watchers) watcher();
        });
      } else response.pause();
      const until: OpenStream["until"] = (condition, deadlineMs = DEADLINE_MS) =>
        new Promise((found, failed) => {
          const look = (): void => {
            if (!condition(text)) return;
            clearTimeout(timer);
            watchers.delete(look);
            found(text);
          };
          const timer = setTimeout(
            () => failed(new Error(`not within ${deadlineMs} ms; so far: ${text.slice(0, 500)}`)),
            deadlineMs,
          );
          watchers.add(look);
          look();
        });
      const { pathname, search } = new URL(url);
      const header = (name: string): string | undefined => response.headers[name.toLowerCase()]?.toString();
      scope.teardown(() =>
        checkAnswer({
          method: "GET",
          target: pathname + search,
          status: response.statusCode ?? 0,
          header,
          body: text,
        }),
      );
      const isEvents = response.headers["content-type"] === "text/event-stream";
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: () => text,
        until,
        messages: () => text.split(isEvents ? "\n\n" : "\n").filter((message) => message !== "" && message !== ":"),
        ended,
        response,
        close: () => request.destroy(),
      });
    });
    request.on("error", reject);
    scope.teardown(() => request.destroy());
  });
}
