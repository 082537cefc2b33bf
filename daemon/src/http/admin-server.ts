import { logEvent } from "@vexil/engine/observe/catalogue";
import type { InProcess } from "./in-process.js";
import { PLAIN_HTTP } from "./listen-settings.js";
import { type ListeningServer, startServer } from "./server.js";
import type { HttpServices } from "./services.js";

/**
 * Answers metrics, health and status on the address of `server.admin`, in plain HTTP: for what watches the daemon, on a
 * network of its own.
 * @returns undefined if no such address is configured
 * @throws VexilError VEXIL_UNAVAILABLE_ADDRESS
 */
export async function startAdminServer(
  { config, logger }: HttpServices,
  inProcess: InProcess,
): Promise<ListeningServer | undefined> {
  const { admin } = config.server;
  if (admin === undefined) return undefined;
  const edge = inProcess.edge({ hotPath: undefined, serves: "admin" });
  const server = await startServer(
    {
      server: { ...PLAIN_HTTP, ...admin },
      portSetting: "server.admin.http_port",
      limit: inProcess.limits.connections,
      logger,
    },
    (request, response) => edge.handle(request, response),
  );
  edge.listensOn(server.address);
  logEvent(logger, "admin.listening", { url: server.url });
  return server;
}
