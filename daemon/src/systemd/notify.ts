import { execFile } from "node:child_process";

type Env = Readonly<Record<string, string | undefined>>;

/** Messages to the service manager (sd_notify(3)). Without one everything does nothing. */
export interface Notifier {
  /** READY=1, with what STATUS shows. */
  ready(status: string): Promise<void>;
  /** Only a new STATUS. */
  status(status: string): Promise<void>;
  /** RELOADING=1; `ready` follows when the reload has ended, well or not. */
  reloading(): Promise<void>;
  stopping(status: string): Promise<void>;
  watchdog(): Promise<void>;
}

/** The message and its barrier are through within this, or the sender is ended. */
const SEND_MS = 10_000;

/**
 * Node cannot open datagram sockets of Unix kind, so each message is sent by systemd's own `systemd-notify`, which stays
 * until the manager has read it: a sender that is gone before the manager looks is not admitted. Messages go out one
 * after the other, in order. It knows abstract sockets too.
 * @param onFailure called once, when the first message cannot be sent
 */
export function createNotifier(env: Env, onFailure: (reason: string) => void): Notifier {
  const socket = env.NOTIFY_SOCKET;
  if (!socket) return SILENT;
  let failed = false;
  let queue: Promise<void> = Promise.resolve();
  const send = (...assignments: readonly string[]): Promise<void> => {
    queue = queue.then(async () => {
      const reason = await run(socket, assignments);
      if (reason === undefined || failed) return;
      failed = true;
      onFailure(reason);
    });
    return queue;
  };
  return {
    ready: (status) => send("READY=1", statusLine(status)),
    status: (status) => send(statusLine(status)),
    // Type=notify-reload wants the time on CLOCK_MONOTONIC, which is what hrtime counts on Linux.
    reloading: () => send("RELOADING=1", `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: (status) => send("STOPPING=1", statusLine(status)),
    watchdog: () => send("WATCHDOG=1"),
  };
}

const nothing = async (): Promise<void> => {};

const SILENT: Notifier = {
  ready: nothing,
  status: nothing,
  reloading: nothing,
  stopping: nothing,
  watchdog: nothing,
};

/** One line: the protocol ends an assignment at the line's end. */
function statusLine(status: string): string {
  return `STATUS=${status.replaceAll(/\s+/g, " ").trim()}`;
}

/** @returns why it was not sent; undefined when it was */
function run(socket: string, assignments: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const env = { NOTIFY_SOCKET: socket, PATH: process.env.PATH ?? "/usr/bin:/bin" };
    execFile("systemd-notify", assignments, { env, timeout: SEND_MS, killSignal: "SIGKILL" }, (error, _, stderr) => {
      if (error === null) resolve(undefined);
      else if (error.code === "ENOENT") resolve("systemd-notify is not installed");
      else resolve(stderr.trim() || error.message);
    });
  });
}
