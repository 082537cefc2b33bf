/** Waits for an answer, but not for longer than it may take. */
export async function withDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const seconds = Math.round(deadlineMs / 100) / 10;
    const reason = new Error(`no answer within ${seconds} s`);
    // What came while this process was busy is read first.
    timer = setTimeout(() => setImmediate(reject, reason), Math.max(1, deadlineMs));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
