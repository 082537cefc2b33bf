import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { SinkEvent } from "@vexil/plugin-api";
import type { Scope } from "../files/temporary-directory.js";

/** A request to a webhook. */
export interface HookRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The target of a webhook: it keeps what it is sent, and answers as it is told. */
export interface WebhookServer {
  readonly url: string;
  readonly requests: readonly HookRequest[];
  /** Events of requests that were answered with 200, in the order in which they came. */
  readonly events: () => readonly SinkEvent[];
  /** Answers in place of the server; undefined: 200. */
  answer: ((request: HookRequest, response: ServerResponse) => void) | undefined;
  /** Milliseconds until the server answers. */
  delayMs: number;
}

export async function webhookServer(scope: Scope): Promise<WebhookServer> {
  const requests: HookRequest[] = [];
  const taken: HookRequest[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const hook = { path: request.url ?? "", headers: request.headers, body };
      requests.push(hook);
      if (made.answer !== undefined) return made.answer(hook, response);
      taken.push(hook);
      setTimeout(() => response.end("ok"), made.delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scope.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const made: WebhookServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    requests,
    events: () => taken.flatMap(({ body }) => (JSON.parse(body) as { readonly events: readonly SinkEvent[] }).events),
    answer: undefined,
    delayMs: 0,
  };
  return made;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Checks a request's signature as somebody would who has read no more than the README. */
export function isSigned({ headers, body }: HookRequest, secret: string): boolean {
  const [, time = "", given = ""] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["x-vexil-signature"])) ?? [];
  const mac = createHmac("sha256", secret).update(`${time}.${body}`).digest();
  const sent = Buffer.from(given, "hex");
  return sent.length === mac.length && timingSafeEqual(mac, sent) && Math.abs(Date.now() / 1000 - Number(time)) < 300;
}
