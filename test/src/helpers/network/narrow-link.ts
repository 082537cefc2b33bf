import { type AddressInfo, connect, createServer } from "node:net";
import { pipeline, Transform } from "node:stream";
import type { Scope } from "../files/temporary-directory.js";

const PIECE_MS = 50;

/** A way to a server on this machine that lets so many bytes a second come back. */
export async function narrowLink(scope: Scope, port: number, bytesPerSecond: number): Promise<number> {
  const pieceBytes = Math.max(1, Math.round((bytesPerSecond * PIECE_MS) / 1000));
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    const narrow = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const next = (at: number): void => {
          if (at >= chunk.length) {
            done();
            return;
          }
          this.push(chunk.subarray(at, at + pieceBytes));
          setTimeout(() => next(at + pieceBytes), PIECE_MS);
        };
        next(0);
      },
    });
    const ended = (): void => {
      client.destroy();
      upstream.destroy();
    };
    pipeline(client, upstream, ended);
    pipeline(upstream, narrow, client, ended);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scope.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}
