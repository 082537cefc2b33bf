import { Agent, type IncomingHttpHeaders, request } from "node:http";
import type { Scope } from "../files/temporary-directory.js";

/** An answer without its body. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** A client that costs little: it keeps its connections. Its address is its own, as all of 127.0.0.0/8 is this machine. */
export function localClient(
  scope: Scope,
  base: string,
  { localAddress = "127.0.0.1", maxSockets = 20 } = {},
): (path: string, headers?: Readonly<Record<string, string>>, body?: string) => Promise<Answered> {
  const agent = new Agent({ keepAlive: true, maxSockets });
  scope.teardown(() => agent.destroy());
  return (path, headers = {}, body = undefined) =>
    new Promise((resolve, reject) => {
      const method = body === undefined ? "GET" : "POST";
      const sent = request(`${base}${path}`, { agent, localAddress, method, headers }, (response) => {
        response.resume();
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
      });
      sent.on("error", reject);
      sent.end(body);
    });
}
