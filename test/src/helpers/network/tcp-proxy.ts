import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Scope } from "../files/temporary-directory.js";

/** A TCP proxy on 127.0.0.1 that counts connections and can break them. */
export interface TcpProxy {
  readonly port: number;
  /** Connections accepted so far, and those open now. */
  accepted(): number;
  open(): number;
  /** Where new connections lead. */
  target(port: number): void;
  /** Passes nothing on any more, in either direction, on connections there are and those to come. */
  freeze(): void;
  thaw(): void;
  /** Resets all open connections. */
  cut(): void;
  /** Resets the connection on which so many further bytes have come from the server. */
  cutAfter(bytes: number): void;
}

export async function startTcpProxy(scope: Scope, target: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let accepted = 0;
  let port = target;
  let frozen = false;
  let allowance = Number.POSITIVE_INFINITY;
  const server = createServer((client) => {
    accepted += 1;
    const upstream = connect(port, "127.0.0.1");
    const pair = [client, upstream] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of pair) {
      socket.setNoDelay(true).on("error", end).on("close", end);
      if (frozen) socket.pause();
    }
    client.on("data", (chunk) => upstream.write(chunk));
    upstream.on("data", (chunk) => {
      allowance -= chunk.length;
      if (allowance > 0) {
        client.write(chunk);
        return;
      }
      allowance = Number.POSITIVE_INFINITY;
      client.resetAndDestroy();
      end();
    });
    if (frozen) for (const socket of pair) socket.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const [client, upstream] of pairs) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  };
  scope.teardown(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  );
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    open: () => pairs.size,
    target: (value) => {
      port = value;
    },
    freeze: () => {
      frozen = true;
      for (const socket of [...pairs].flat()) socket.pause();
    },
    thaw: () => {
      frozen = false;
      for (const socket of [...pairs].flat()) socket.resume();
    },
    cut,
    cutAfter: (bytes) => {
      allowance = bytes;
    },
  };
}
