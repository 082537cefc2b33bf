/** Waits for an answer, but not for longer than it may take. */
export async function withDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const seconds = Math.round(deadlineMs / 100) / 10;
    timer = setTimeout(() => reject(new Error(`no answer within ${seconds} s`)), Math.max(1, deadlineMs));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
