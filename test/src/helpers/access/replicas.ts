import { eventually } from "../daemon/daemon.js";
import type { Scope } from "../files/temporary-directory.js";
import { freePort } from "../network/free-port.js";
import { type AcmeDaemon, acmeDaemon, jsonOf, type LoggedIn } from "./acme-daemon.js";

const WAIT_MS = 60_000;

/** Starts daemons, each with a state of its own, that have the key and what is given in common. */
export async function startReplicas(
  t: Scope,
  { count = 2, ...options }: { count?: number; workers?: number; session?: object; storage?: object },
): Promise<readonly AcmeDaemon[]> {
  const started: AcmeDaemon[] = [];
  while (started.length < count) {
    // Workers of two daemons in one process would share a port that is left to the system.
    started.push(await acmeDaemon(t, { ...options, server: { http_port: await freePort() } }));
  }
  return started;
}

/** Status of the answer that tells a browser who it is. */
export const selfOf = async ({ send }: AcmeDaemon, { session }: LoggedIn): Promise<number> =>
  (await send("self", { headers: session })).status;

export const logout = async ({ send }: AcmeDaemon, { session }: LoggedIn): Promise<number> =>
  (await send("self/revoke", { method: "DELETE", headers: session })).status;

/** Waits until a daemon answers so to a login; the next answers may come from another of its processes. */
export async function answers(daemon: AcmeDaemon, login: LoggedIn, expected: number): Promise<void> {
  for (const _ of ["one", "two", "three"]) {
    await eventually(
      () => selfOf(daemon, login),
      (status) => status === expected,
      WAIT_MS,
    ).catch(async (error) => {
      throw new Error(`${error.message}; ${JSON.stringify(await statusOf(daemon))}`);
    });
  }
}

/** The status of the exchange. */
export interface SharedStatus {
  readonly sharedBy: string;
  readonly state: string;
  readonly untold: number;
  readonly holding?: true;
  readonly lastError?: string;
}

export async function statusOf({ daemon }: AcmeDaemon): Promise<SharedStatus> {
  const headers = { authorization: "Bearer static", connection: "close" };
  return (await jsonOf(await fetch(`${daemon.url()}/api/status`, { headers }))).sessions as SharedStatus;
}

/** Waits until the status of the exchange is as wanted. */
export const become = (daemon: AcmeDaemon, wanted: (status: SharedStatus) => boolean): Promise<SharedStatus> =>
  eventually(() => statusOf(daemon), wanted, WAIT_MS);

/** The provider's word that a user has logged out. */
export const logoutToken = (sub: string): RequestInit => ({
  method: "POST",
  body: new URLSearchParams({ logout_token: `signed:${sub}` }),
});
