/** The signals of a service. */
export interface StopSignals {
  /** Resolves at the first SIGTERM or SIGINT. */
  readonly stop: Promise<undefined>;
  /** Aborts at the second one. */
  readonly again: AbortSignal;
  /** SIGHUP; one reload at a time, one more for all that come meanwhile. */
  onReload(reload: () => Promise<void>): void;
  release(): void;
}

export function stopSignals(): StopSignals {
  const again = new AbortController();
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
  const hup = (): void => void onHup();
  process.on("SIGTERM", onStop).on("SIGINT", onStop).on("SIGHUP", hup);
  return {
    stop,
    again: again.signal,
    onReload: (next) => {
      reload = next;
      if (wanted) hup();
    },
    release: () => {
      process.off("SIGTERM", onStop).off("SIGINT", onStop).off("SIGHUP", hup);
    },
  };
}
