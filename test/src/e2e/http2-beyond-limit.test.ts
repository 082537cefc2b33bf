import { existsSync } from "node:fs";
import { get } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import test, { type ExecutionContext } from "ava";
import { eventually, startDaemon } from "../helpers/daemon/daemon.js";
import { END_HEADERS, END_STREAM, FRAME, frame, headerBlock, OPENING, rawHttp2 } from "../helpers/http/http2-frames.js";
import { makeCertificate } from "../helpers/network/certificate.js";

/** Has the C library look at the heap with each call, and end the process where something has written beside it. */
const CHECKER = "/lib/x86_64-linux-gnu/libc_malloc_debug.so.0";
const CHECKED = existsSync(CHECKER) ? { LD_PRELOAD: CHECKER, MALLOC_CHECK_: "3", MALLOC_PERTURB_: "165" } : undefined;

const BLOCK = headerBlock({ ":method": "GET", ":scheme": "https", ":path": "/", ":authority": "localhost" });
const CONNECTIONS = 40;
const REQUESTS = 40;

/** Connections one after the other that stay, each with requests that do not wait for answers. */
async function burst(t: ExecutionContext, url: string, ca: string): Promise<void> {
  const sockets: TLSSocket[] = [];
  for (let index = 0; index < CONNECTIONS; index += 1) {
    const socket = await rawHttp2(t, url, ca);
    socket.write(OPENING);
    for (let stream = 1; stream < 2 * REQUESTS; stream += 2) {
      socket.write(frame(FRAME.headers, END_STREAM | END_HEADERS, stream, BLOCK));
    }
    sockets.push(socket);
  }
  await delay(1000);
  for (const socket of sockets) socket.destroy();
}

for (const workers of [1, 2]) {
  test.serial(
    `more connections and requests by HTTP/2 than an address may have end no process (${workers})`,
    async (t) => {
      const { ca, certPath, keyPath } = await makeCertificate(t);
      const daemon = await startDaemon(t, {
        env: { ...CHECKED },
        config: {
          server: {
            protocol: "https",
            https_port: 0,
            cert_file: certPath,
            cert_key: keyPath,
            workers,
            limits: { connections_per_address: 5 },
          },
        },
      });
      for (let round = 0; round < 3; round += 1) {
        // Who is cut off while it connects has either come too late, or the process is over.
        await Promise.race([burst(t, daemon.url, ca).catch(() => delay(1000)), daemon.exited]);
        if (daemon.child.signalCode !== null) return t.fail(`ended by ${daemon.child.signalCode}: ${daemon.stderr()}`);
      }
      const status = (): Promise<number | undefined> =>
        new Promise((resolve) => {
          get(`${daemon.url}/health`, { ca, agent: false }, (response) => {
            response.resume();
            resolve(response.statusCode);
          }).on("error", () => resolve(undefined));
        });
      t.is(await eventually(status, (seen) => seen === 200), 200);
      t.deepEqual(
        daemon.lines.filter(({ event }) => event === "worker.died"),
        [],
      );
      t.is(await daemon.stop(), 0);
    },
  );
}
