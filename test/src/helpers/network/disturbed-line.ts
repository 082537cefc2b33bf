import { connect, createServer, type Server, type Socket } from "node:net";
import type { Scope } from "../files/temporary-directory.js";

/** A line between a client and a server that a test can disturb. */
export interface DisturbedLine {
  readonly port: number;
  /** Cuts all connections; new ones go through. */
  cut(): void;
  /** Connections as they are now carry nothing any more, and nobody is told; new ones go through. */
  silenceCurrent(): void;
  /** Nothing answers any more, also on new connections, until `restore`. */
  silence(): void;
  restore(): void;
  /** From now each chunk that the server sends back goes through this first; undefined swallows it and cuts. */
  filterAnswers(filter: ((chunk: Buffer) => Buffer | undefined) | undefined): void;
  /** The same for what clients send. */
  watchRequests(seen: ((chunk: Buffer) => void) | undefined): void;
}

export async function disturbedLine(scope: Scope, targetPort: number): Promise<DisturbedLine> {
  const pairs = new Set<{ client: Socket; server: Socket; silent: boolean }>();
  let silent = false;
  let answers: ((chunk: Buffer) => Buffer | undefined) | undefined;
  let requests: ((chunk: Buffer) => void) | undefined;
  const listener: Server = createServer((client) => {
    const server = connect(targetPort, "127.0.0.1");
    const pair = { client, server, silent };
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    client.on("data", (chunk) => {
      if (pair.silent) return;
      requests?.(chunk);
      server.write(chunk);
    });
    server.on("data", (chunk) => {
      if (pair.silent) return;
      const passed = answers === undefined ? chunk : answers(chunk);
      if (passed === undefined) end();
      else client.write(passed);
    });
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", end);
      // The end of a silent line is not told either.
      socket.on("close", () => {
        if (!pair.silent) end();
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
    pairs.clear();
  };
  scope.teardown(async () => {
    cut();
    await new Promise((resolve) => listener.close(resolve));
  });
  const silenceCurrent = (): void => {
    for (const pair of pairs) pair.silent = true;
  };
  return {
    port: (listener.address() as { port: number }).port,
    cut,
    silenceCurrent,
    silence: () => {
      silent = true;
      silenceCurrent();
    },
    restore: () => {
      silent = false;
      cut();
    },
    filterAnswers: (filter) => {
      answers = filter;
    },
    watchRequests: (seen) => {
      requests = seen;
    },
  };
}
