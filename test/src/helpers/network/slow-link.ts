import { type AddressInfo, connect, createServer } from "node:net";
import type { Scope } from "../files/temporary-directory.js";

/** A way to a server on this machine that takes as long as one across a country: every byte arrives that much later. */
export async function slowLink(scope: Scope, port: number, roundTripMs: number): Promise<number> {
  const delay = roundTripMs / 2;
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.setNoDelay(true);
      from.on("data", (chunk) => setTimeout(() => to.writable && to.write(chunk), delay));
      from.on("end", () => setTimeout(() => to.end(), delay));
      from.on("error", () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scope.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}
