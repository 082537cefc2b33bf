import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import test from "ava";
import { EventWriter } from "../../../../daemon/dist/http/events/event-writer.js";

test("a client that does not read the end of its stream is cut a while later, and its place is free", async (t) => {
  t.timeout(20_000);
  const server = createServer().listen(0, "127.0.0.1");
  t.teardown(() => server.close());
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  t.teardown(() => client.destroy());
  client.pause();
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const [, response] = (await once(server, "request")) as [unknown, ServerResponse];
  const closed = new Promise<void>((resolve) => {
    const writer = new EventWriter(response, resolve, 50);
    writer.start("");
    // More than sockets take that nobody reads from.
    void writer.write("x".repeat(32 * 1024 * 1024));
    writer.end("the end");
  });
  await closed;
  let [size, last] = [0, ""];
  client.on("error", () => {});
  client.on("data", (chunk) => {
    size += chunk.length;
    last = chunk.subarray(-20).toString();
  });
  await once(client.resume(), "close");
  t.true(size < 32 * 1024 * 1024);
  t.notRegex(last, /the end/);
});
