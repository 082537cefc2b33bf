import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import { VexilError } from "@vexil/plugin-api/errors";

/** Looks a host name up. @returns its addresses, for users */
export async function resolveHost(host: string, deadlineMs: number): Promise<string> {
  const late = AbortSignal.timeout(deadlineMs);
  const timedOut = new Promise<never>((_, reject) => {
    late.addEventListener("abort", () =>
      reject(new VexilError("VEXIL_CONNECTION_TIMEOUT", `no name server answered within ${deadlineMs} ms`)),
    );
  });
  const found = await Promise.race([lookup(host, { all: true }), timedOut]);
  return `${host} is ${found.map(({ address }) => address).join(", ")}`;
}

/** Connects and hangs up. */
export function tryConnect(host: string, port: number, deadlineMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: deadlineMs });
    socket.once("connect", () => {
      socket.destroy();
      resolve(`connected to port ${port}`);
    });
    socket.once("timeout", () => {
      socket.destroy();
      reject(new VexilError("VEXIL_CONNECTION_TIMEOUT", `port ${port} did not answer within ${deadlineMs} ms`));
    });
    socket.once("error", reject);
  });
}
