import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { ConnectionDealer } from "../../../../daemon/dist/workers/connection-dealer.js";
import type { WorkerHandle } from "../../../../daemon/dist/workers/worker-handle.js";
import { eventually } from "../../helpers/daemon/daemon.js";

/** Longer than a connection waits for the worker that it was offered. */
const STILL_MS = 2_200;

/** Has a dealer listen, and opens connections to it. */
async function listening(t: ExecutionContext, dealer: ConnectionDealer): Promise<() => Socket> {
  t.teardown(() => dealer.close());
  const server = await dealer.listen({ host: "127.0.0.1", port: 0 }, "");
  return () => {
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1").resume();
    t.teardown(() => client.destroy());
    return client.on("error", () => {});
  };
}

test("a connection is a worker's that has said so while the dealer stood still", async (t) => {
  const offers: number[] = [];
  let isAnswered = false;
  const worker = { alive: true, isListening: true, silentMs: 0, connections: 0 };
  const offer = ({ id }: { readonly id: number }): void => {
    offers.push(id);
    if (offers.length > 1) return;
    setImmediate(() => {
      for (const until = performance.now() + STILL_MS; performance.now() < until; );
      // What came meanwhile is read after timers.
      setImmediate(() => {
        dealer.answered(id, true);
        isAnswered = true;
      });
    });
  };
  const dealer = new ConnectionDealer(() => [{ ...worker, offer } as unknown as WorkerHandle]);
  const open = await listening(t, dealer);
  const client = open();
  await eventually(
    async () => isAnswered,
    (is) => is,
  );
  await sleep(600);
  t.deepEqual(offers, [1]);
  t.true(client.closed, "the dealer holds it no longer");
});

test("while no worker serves connections wait, and those beyond the bound are closed", async (t) => {
  const open = await listening(t, new ConnectionDealer(() => [], 2));
  const clients = [open(), open()];
  await Promise.all(clients.map((client) => once(client, "connect")));
  await once(open(), "close");
  t.deepEqual(
    clients.map(({ closed }) => closed),
    [false, false],
  );
});
