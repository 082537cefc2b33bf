import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import type { Outcome } from "./model.js";
import type { TestedRemote } from "./tested-remote.js";

/** A daemon that is asked over HTTP like any other. */
export interface AskedDaemon {
  readonly url: () => string;
}

/** A daemon of a schedule. */
export interface TestedDaemon extends AskedDaemon {
  /** Ends it without warning and starts another on the same data; only for daemons of their own process. */
  restart(): void;
  /** Resolves when the one that was started last serves; while its remote is not there, it is started again and again. */
  restarted(): Promise<void>;
}

export interface DaemonSetup {
  readonly remote: Pick<TestedRemote, "storage" | "config">;
  /** A process of its own with a local backend; otherwise it runs here, in memory. */
  readonly process: boolean;
}

/** Faults are over much sooner. */
const RESTART_MS = 120_000;
const TIMEOUTS = { connect: "5s", first_byte: "4s", idle: "4s", total: "12s", push: "6s" };

export async function startTestedDaemon(scope: Scope, { remote, process }: DaemonSetup): Promise<TestedDaemon> {
  const storage = { ...remote.storage, poll_interval: "1h", timeouts: TIMEOUTS };
  const config = (backend: object, more: object = {}): Record<string, unknown> => ({
    ...remote.config,
    storage: { default: { ...storage, ...more, backend } },
  });
  if (!process) {
    const daemon = await inProcessDaemon(scope, config({ type: "memory" }));
    await (await daemon.start()).settled;
    const restart = (): never => {
      throw new Error("this daemon has no process of its own");
    };
    return { url: daemon.url, restart, restarted: () => Promise.resolve() };
  }
  const cwd = await temporaryDirectory(scope);
  const backend = { type: "local", path: join(cwd, "store") };
  const start = (): Promise<RunningDaemon> =>
    startDaemon(scope, { cwd, config: config(backend, { fetch_policy: "lenient" }) });
  let running = await start();
  let restarting: Promise<void> | undefined;
  const restart = async (): Promise<void> => {
    await running.stop("SIGKILL");
    const until = performance.now() + RESTART_MS;
    for (;;) {
      try {
        running = await start();
        return;
      } catch (error) {
        // That a remote has no repository stops a lenient start, too; whoever runs the daemon starts it again.
        if (!String(error).includes("VEXIL_REMOTE_NOT_FOUND") || performance.now() > until) throw error;
        await delay(200);
      }
    }
  };
  return {
    url: () => running.url,
    // Killed twice at once it starts once.
    restart: () => {
      restarting ??= restart();
      restarting.catch(() => undefined);
    },
    restarted: async () => {
      const last = restarting;
      restarting = undefined;
      await last;
    },
  };
}

const ANSWER_MS = 30_000;

async function call(daemon: AskedDaemon, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${daemon.url()}/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
}

/** Outcome of a write. */
export interface WriteAnswer {
  readonly outcome: Outcome;
  /** undefined: there was no answer. */
  readonly status: number | undefined;
  readonly revision: string | undefined;
  readonly text: string;
}

/** Changes a flag's name. */
export async function putFlag(
  daemon: AskedDaemon,
  namespace: string,
  key: string,
  name: string,
  revision: string | undefined,
): Promise<WriteAnswer> {
  try {
    const payload = { "@type": "flipt.core.Flag", key, name };
    const path = `api/v2/environments/default/namespaces/${namespace}/resources`;
    const body = { key, payload, ...(revision === undefined ? {} : { revision }) };
    const response = await call(daemon, "PUT", path, body);
    const { status } = response;
    const text = await response.text();
    if (status === 200) {
      return { outcome: "acknowledged", status, revision: (JSON.parse(text) as { revision: string }).revision, text };
    }
    const outcome = text.includes("the write is not confirmed") ? "unknown" : "refused";
    return { outcome, status, revision: undefined, text: `${status} ${text}` };
  } catch (error) {
    return { outcome: "unknown", status: undefined, revision: undefined, text: String(error) };
  }
}

/** The revision it serves; undefined if it does not answer. */
export async function servedRevision(daemon: AskedDaemon): Promise<string | undefined> {
  try {
    const response = await call(daemon, "GET", "api/v2/environments/default/namespaces");
    return ((await response.json()) as { revision: string }).revision;
  } catch {
    return undefined;
  }
}

/** Names of a namespace's flags as they are served: `namespace/key` → name. */
export async function servedNames(daemon: AskedDaemon, namespace: string): Promise<ReadonlyMap<string, string>> {
  const response = await call(daemon, "GET", `api/v1/namespaces/${namespace}/flags`);
  const { flags = [] } = (await response.json()) as { flags?: { key: string; name: string }[] };
  return new Map(flags.map(({ key, name }) => [`${namespace}/${key}`, name]));
}

/** Polls now; a poll that fails is no matter. */
export async function syncNow(daemon: AskedDaemon): Promise<void> {
  try {
    await (await call(daemon, "POST", "api/storages/default/sync?wait=true")).text();
  } catch {
    // It was killed meanwhile.
  }
}
