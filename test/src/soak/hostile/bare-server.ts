import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

// A process of its own that does nothing but answer: what it is silent, the machine is silent.

const server = createServer((_, response) => response.end("{}"));
server.listen(0, "127.0.0.1", () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
process.once("disconnect", () => process.exit(0));
