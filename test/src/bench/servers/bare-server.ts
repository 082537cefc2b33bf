import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers given beforehand, by method and path; everything a server must do beside is done, and nothing more. */
export interface BareAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Answers 304 to this `If-None-Match`. */
  readonly etag?: string;
}

const answers = new Map<string, { readonly answer: BareAnswer; readonly bytes: Buffer }>();

const server = createServer((request, response) => {
  const found = answers.get(`${request.method} ${request.url}`);
  if (found === undefined) {
    response.writeHead(404).end();
    return;
  }
  const { answer, bytes } = found;
  if (answer.etag !== undefined && request.headers["if-none-match"] === answer.etag) {
    response.writeHead(304, { Etag: answer.etag }).end();
    return;
  }
  if (request.method === "GET") {
    response.writeHead(answer.status, { ...answer.headers, "Content-Length": bytes.length });
    response.end(bytes);
    return;
  }
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => {
    text += chunk;
  });
  request.on("end", () => {
    JSON.parse(text);
    response.writeHead(answer.status, { ...answer.headers, "Content-Length": Buffer.byteLength(answer.body) });
    response.end(answer.body);
  });
});

process.on("message", ({ path, answer }: { path: string; answer: BareAnswer }) => {
  answers.set(path, { answer, bytes: Buffer.from(answer.body) });
  process.send?.({ type: "set", path });
});
process.on("disconnect", () => process.exit(0));
server.listen(0, "127.0.0.1", () => {
  process.send?.({ type: "listening", url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
