import type { Server } from "node:net";
import type { ListenTarget } from "./listen.js";

/** The address that a server accepts connections on; undefined where that is none of the network. */
export function addressOf(server: Server): string | undefined {
  const bound = server.address();
  return bound === null || typeof bound === "string" ? undefined : bound.address;
}

/**
 * Where a server listens, for users and clients: `http://127.0.0.1:8080`.
 * @param target its host by the name that it was given; the address of a socket that was open already
 */
export function urlOf(protocol: string, target: ListenTarget, server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") return `${protocol}+unix:${address ?? ""}`;
  const host = "host" in target ? target.host : address.address;
  return `${protocol}://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}
