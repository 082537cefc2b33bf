/** Resolves, or rejects, as the work does; rejects with the signal's reason once that aborts. No listener is left behind. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let cut: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    cut = () => reject(signal.reason);
  });
  if (signal.aborted) cut();
  else signal.addEventListener("abort", cut, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", cut);
  }
}
