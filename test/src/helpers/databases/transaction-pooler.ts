import { createServer, type Socket } from "node:net";
import pg from "pg";
import type { Scope } from "../files/temporary-directory.js";
import type { PostgresServer } from "./postgres-server.js";

/**
 * A pooler in transaction mode: few sessions of the server, each lent to a client for one transaction. As with real
 * ones, what belongs to a session (LISTEN, session locks, SET) is lost, and notifications reach nobody.
 */
export async function transactionPooler(
  scope: Scope,
  server: PostgresServer,
  database: string,
  size = 3,
): Promise<{ readonly port: number }> {
  const idle: Socket[] = [];
  const waiting: ((session: Socket) => void)[] = [];
  const giveBack = (session: Socket): void => {
    const next = waiting.shift();
    if (next === undefined) idle.push(session);
    else next(session);
  };
  const sessions = new Set<Socket>();
  const begin = async (): Promise<void> => {
    // pg does the handshake; then its socket is used bare.
    const client = new pg.Client(server.url({ database }));
    await client.connect();
    client.on("error", () => {});
    const socket = (client as unknown as { connection: { stream: Socket } }).connection.stream;
    socket.removeAllListeners("data");
    sessions.add(socket);
    giveBack(socket);
  };
  for (let index = 0; index < size; index += 1) await begin();
  /** Ends a session whose client has gone in the middle of a transaction: nobody else could use it. */
  const end = (session: Socket): void => {
    sessions.delete(session);
    session.destroy();
    begin().catch(() => {});
  };
  const lend = (): Promise<Socket> => {
    const session = idle.shift();
    return session === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(session);
  };
  const listener = createServer((client) => {
    serve(client, { lend, giveBack, end }).catch(() => client.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const open = new Set<Socket>();
  listener.on("connection", (socket) => open.add(socket));
  scope.teardown(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => listener.close(resolve));
    for (const session of sessions) session.destroy();
  });
  return { port: (listener.address() as { port: number }).port };
}

/** AuthenticationOk, then ReadyForQuery (PostgreSQL, "Message Formats"). */
const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);
const SSL_REQUEST = 80_877_103;

interface Sessions {
  readonly lend: () => Promise<Socket>;
  readonly giveBack: (session: Socket) => void;
  readonly end: (session: Socket) => void;
}

async function serve(client: Socket, { lend, giveBack, end }: Sessions): Promise<void> {
  client.on("error", () => client.destroy());
  const chunks = client[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let pending = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const { value, done } = await chunks.next();
    if (done === true) return false;
    pending = Buffer.concat([pending, value]);
    return true;
  };
  // The start-up message has no type byte.
  for (;;) {
    while (pending.length < 8) if (!(await more())) return;
    const length = pending.readInt32BE(0);
    while (pending.length < length) if (!(await more())) return;
    const code = pending.readInt32BE(4);
    pending = pending.subarray(length);
    if (code !== SSL_REQUEST) break;
    client.write("N");
  }
  client.write(WELCOME);
  for (;;) {
    while (pending.length === 0) if (!(await more())) return;
    const session = await lend();
    let ready = false;
    const done = forwardAnswers(session, client).then(() => {
      ready = true;
      giveBack(session);
    });
    // Until the transaction ends, whatever the client sends is the session's.
    for (let next = Promise.resolve(true); ; next = more()) {
      await Promise.race([done, next]);
      if (ready) {
        if (!(await next)) return;
        break;
      }
      if (!(await next)) {
        end(session);
        return;
      }
      session.write(pending);
      pending = Buffer.alloc(0);
    }
  }
}

/** Passes answers on until the server is ready and in no transaction; notifications are dropped. */
function forwardAnswers(session: Socket, client: Socket): Promise<void> {
  return new Promise((resolve) => {
    let buffered = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 5 && buffered.length >= 1 + buffered.readInt32BE(1)) {
        const message = buffered.subarray(0, 1 + buffered.readInt32BE(1));
        buffered = buffered.subarray(message.length);
        const type = String.fromCharCode(message[0] ?? 0);
        if (type !== "A") client.write(message);
        if (type === "Z" && message[5] === 0x49) {
          session.off("data", onData);
          resolve();
          return;
        }
      }
    };
    session.on("data", onData);
  });
}
