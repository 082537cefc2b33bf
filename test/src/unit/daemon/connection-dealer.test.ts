import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import test from "ava";
import { ConnectionDealer } from "../../../../daemon/dist/workers/connection-dealer.js";
import type { WorkerHandle } from "../../../../daemon/dist/workers/worker-handle.js";

test("connections that no worker takes are held up to a bound, and closed with the dealer", async (t) => {
  const dealer = new ConnectionDealer(() => [], 3);
  const server = await dealer.listen({ host: "127.0.0.1", port: 0 }, "server.http_port");
  const { port } = server.address() as AddressInfo;
  const sockets = Array.from({ length: 5 }, () => connect(port, "127.0.0.1"));
  let closed = 0;
  for (const socket of sockets) {
    t.teardown(() => socket.destroy());
    socket.on("error", () => {}).once("close", () => (closed += 1));
  }
  await Promise.race(sockets.map((socket) => once(socket, "close")));
  while (closed < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.is(closed, 2);
  const all = Promise.all(sockets.map((socket) => socket.closed || once(socket, "close")));
  dealer.close();
  await all;
  t.is(closed, 5);
});

test("a connection goes to the worker that has the fewest, of those with as many to the one before all others", async (t) => {
  for (const [first, second, expected] of [
    [4, 1, "BBBAB"],
    [0, 1, "ABABA"],
  ] as const) {
    let taken = "";
    const workers = Object.entries({ A: first, B: second }).map(([name, connections]) => ({
      alive: true,
      isListening: true,
      silentMs: 0,
      connections,
      offer({ id }: { readonly id: number }) {
        taken += name;
        this.connections += 1;
        dealer.answered(id, true);
      },
    }));
    const dealer: ConnectionDealer = new ConnectionDealer(() => workers as unknown as readonly WorkerHandle[]);
    const server = await dealer.listen({ host: "127.0.0.1", port: 0 }, "server.http_port");
    const { port } = server.address() as AddressInfo;
    for (const _ of expected) await once(connect(port, "127.0.0.1").resume(), "close");
    dealer.close();
    t.is(taken, expected);
  }
});
