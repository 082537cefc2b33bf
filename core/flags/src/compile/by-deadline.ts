/**
 * Waits for a promise until a point in time (`performance.now()`): undefined when it is late. What was begun goes on, and
 * is there for the next build.
 */
export async function byDeadline<T>(finding: Promise<T>, until: number): Promise<T | undefined> {
  finding.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, until - performance.now()));
  });
  return Promise.race([finding, late]).finally(() => clearTimeout(timer));
}
