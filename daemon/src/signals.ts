import { isatty } from "node:tty";

/** The signals of a service. */
export interface StopSignals {
  /** Resolves at the first SIGTERM or SIGINT, and when the terminal that the daemon runs on is closed. */
  readonly stop: Promise<undefined>;
  /** Aborts at the second one. */
  readonly again: AbortSignal;
  /** SIGHUP while the terminal is there, or without one; one reload at a time, one more for all that come meanwhile. */
  onReload(reload: () => Promise<void>): void;
  release(): void;
}

/** Standard input, output and error. */
const STANDARD = [0, 1, 2] as const;

export function stopSignals(): StopSignals {
  const again = new AbortController();
  const terminals = STANDARD.filter((fd) => isatty(fd));
  let stopping = false;
  let resolveStop: (value: undefined) => void = () => undefined;
  const stop = new Promise<undefined>((resolve) => {
    resolveStop = resolve;
  });
  const onStop = (): void => {
    if (stopping) again.abort();
    stopping = true;
    resolveStop(undefined);
  };
  let reload: (() => Promise<void>) | undefined;
  let reloading = false;
  let wanted = false;
  const onHup = async (): Promise<void> => {
    wanted = true;
    if (reloading || reload === undefined) return;
    reloading = true;
    while (wanted && !stopping) {
      wanted = false;
      await reload();
    }
    reloading = false;
  };
  const hup = (): void => {
    // A terminal that is closed sends the same signal, perhaps twice, and is no terminal any more by then.
    if (terminals.every((fd) => isatty(fd))) return void onHup();
    stopping = true;
    resolveStop(undefined);
  };
  process.on("SIGTERM", onStop).on("SIGINT", onStop).on("SIGHUP", hup);
  return {
    stop,
    again: again.signal,
    onReload: (next) => {
      reload = next;
      if (wanted) void onHup();
    },
    release: () => {
      process.off("SIGTERM", onStop).off("SIGINT", onStop).off("SIGHUP", hup);
    },
  };
}
