import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { VexilError } from "@vexil/plugin-api/errors";

/** Where to listen: an address, a Unix socket, or a socket that is open already (socket activation). */
export type ListenTarget =
  | { readonly host: string; readonly port: number }
  | { readonly path: string }
  | { readonly fd: number };

/** Settings of the port of either protocol, as advice names them. */
export const PORT_SETTINGS = {
  http: "server.http_port or VEXIL_SERVER_HTTP_PORT",
  https: "server.https_port or VEXIL_SERVER_HTTPS_PORT",
} as const;
/** The system takes a moment to end the workers of a daemon that was killed, which hold its address until then. */
const HELD_MS = 2_000;
const LOOK_MS = 50;

/**
 * Starts listening.
 * @throws VexilError VEXIL_UNAVAILABLE_ADDRESS
 */
export function listen(server: Server, target: ListenTarget, portSetting: string = PORT_SETTINGS.http): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(addressError(target, error, portSetting));
    server.once("error", failed);
    server.listen(target, () => {
      server.removeListener("error", failed);
      resolve();
    });
  });
}

/**
 * Waits for an address that was in use until now.
 * @throws VexilError VEXIL_UNAVAILABLE_ADDRESS
 */
export async function untilFree(target: ListenTarget, portSetting: string): Promise<void> {
  if (!("port" in target) || target.port === 0) return;
  for (const until = performance.now() + HELD_MS; ; await delay(LOOK_MS)) {
    const server = createServer();
    try {
      await listen(server, target, portSetting);
      server.close();
      await once(server, "close");
      return;
    } catch (error) {
      const { code } = (error as VexilError).cause as NodeJS.ErrnoException;
      if (code !== "EADDRINUSE" || performance.now() > until) throw error;
    }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there",
  EACCES: "this user may not listen there",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "the host name is unknown",
  EAI_AGAIN: "the host name cannot be resolved now",
};

/** Faults that another port would not mend. */
const HOST_FAULTS: ReadonlySet<string> = new Set(["EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN"]);

function addressError(target: ListenTarget, error: NodeJS.ErrnoException, portSetting: string): VexilError {
  const place = "port" in target ? `${target.host}:${target.port}` : "path" in target ? target.path : `fd ${target.fd}`;
  const reason = REASONS[error.code ?? ""] ?? error.message;
  const setting = HOST_FAULTS.has(error.code ?? "") ? portSetting.replace(/https?_port.*/, "host") : portSetting;
  const advice = "port" in target ? `; choose another with ${setting}` : "";
  return new VexilError("VEXIL_UNAVAILABLE_ADDRESS", `cannot listen on ${place}: ${reason}${advice}`, { cause: error });
}
