import { once } from "node:events";
import { createServer, get, type ServerResponse } from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import test from "ava";
import { repeatGivenIds } from "../../../../daemon/dist/http/request-id.js";

const HEADERS = { "x-request-id": "one", "x-correlation-id": "two" };

/** Answers, and fails afterwards: that has to be logged without another word to the client. */
function answerTwice(response: ServerResponse): unknown {
  repeatGivenIds(HEADERS, response);
  response.end("answered");
  try {
    repeatGivenIds(HEADERS, response);
    return undefined;
  } catch (error) {
    return error;
  }
}

test("ids go into an answer as long as it has not been sent, by HTTP/1.1", async (t) => {
  const server = createServer((_request, response) => t.is(answerTwice(response), undefined)).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const [answer] = await once(get(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), "response");
  t.like(answer.headers, HEADERS);
  answer.resume();
});

test("ids go into an answer as long as it has not been sent, by HTTP/2", async (t) => {
  const server = http2.createServer((_request, response) =>
    t.is(answerTwice(response as unknown as ServerResponse), undefined),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.teardown(() => {
    session.destroy();
    server.close();
  });
  const stream = session.request({ ":path": "/" });
  const [headers] = await once(stream, "response");
  t.like(headers, HEADERS);
  stream.resume();
  await once(stream, "end");
});
