import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { accessRules } from "./authenticate.js";
import { coldRoutes } from "./cold-routes.js";
import { applyCors } from "./cors.js";
import { type ListenTarget, listen } from "./listen.js";
import { allRoutes } from "./routes/index.js";
import type { HttpServices } from "./services.js";

export interface HttpServer {
  /** Where it listens, for people and clients: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops accepting, lets what is under way finish. */
  close(): Promise<void>;
}

/** Serves everything in this process. */
export async function startHttpServer(services: HttpServices, target?: ListenTarget): Promise<HttpServer> {
  const { config, logger } = services;
  const rules = accessRules(config.authentication);
  let draining = false;
  const cold = await coldRoutes(
    allRoutes(services, () => draining),
    { accessRules: () => rules, logger, settled: () => Promise.resolve() },
  );
  const server = createServer((request, response) => {
    if (!applyCors(config.cors, request, response)) cold(request, response);
  });
  await listen(server, target ?? { host: config.server.host, port: config.server.port });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${config.server.host}:${address.port}`,
    close: () => {
      draining = true;
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
