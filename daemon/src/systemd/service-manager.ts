import type { SyncEvent } from "@vexil/engine/model/events";
import type { StatusReader } from "@vexil/engine/model/storage-status";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import type { Observable, Subscription } from "rxjs";
import type { ListenTarget } from "../http/listen.js";
import { listenFd } from "./listen-fds.js";
import { createNotifier, type Notifier } from "./notify.js";
import { serviceStatus } from "./service-status.js";
import { startWatchdog } from "./watchdog.js";

/** Variables meant for this process alone, and for none of its children. */
const OWN_VARIABLES = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"];

/** Events come in bursts; the status line follows this much later. */
const STATUS_DELAY_MS = 500;

interface Watched {
  readonly status: StatusReader;
  readonly events$: Observable<SyncEvent>;
}

/**
 * The process as a service: socket activation, readiness, status, watchdog. Does nothing where no manager asks for it.
 */
export class ServiceManager {
  /** The socket that the manager holds for us. */
  readonly listen: ListenTarget | undefined;
  readonly #notifier: Notifier;
  readonly #endWatchdog: () => void;
  #watched: Watched | undefined;
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #remark = "";
  #sent = "";

  constructor(env: NodeJS.ProcessEnv, logger: Logger) {
    const fd = listenFd(env, process.pid);
    this.listen = fd === undefined ? undefined : { fd };
    this.#notifier = createNotifier(env, (reason) => logEvent(logger, "service.unreachable", { reason }));
    this.#endWatchdog = startWatchdog(env, this.#notifier);
    for (const name of OWN_VARIABLES) delete process.env[name];
  }

  /** From here on the status line follows the storages. */
  watch(watched: Watched): void {
    this.#watched = watched;
    this.#subscription = watched.events$.subscribe(() => this.#changed());
    this.#changed();
  }

  /** @param remark stands before the storages, such as why a reload was refused */
  ready(remark = ""): Promise<void> {
    this.#remark = remark;
    this.#sent = this.#text();
    return this.#notifier.ready(this.#sent);
  }

  reloading(): Promise<void> {
    return this.#notifier.reloading();
  }

  async stopping(): Promise<void> {
    this.#subscription?.unsubscribe();
    clearTimeout(this.#timer);
    await this.#notifier.stopping("stopping: requests under way are answered");
  }

  /** The watchdog is served until the end: a stop that hangs is noticed, too. */
  close(): void {
    this.#endWatchdog();
  }

  #changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const text = this.#text();
      if (text === this.#sent) return;
      this.#sent = text;
      void this.#notifier.status(text);
    }, STATUS_DELAY_MS).unref();
  }

  #text(): string {
    const storages = this.#watched === undefined ? "" : serviceStatus(this.#watched.status.storages());
    return [this.#remark, storages].filter((part) => part !== "").join("; ");
  }
}
