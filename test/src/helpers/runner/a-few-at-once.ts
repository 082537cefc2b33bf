import test, { type ExecutionContext } from "ava";

const PATIENCE_MS = 240_000;

/** Lets at most `most` of the jobs given to it run at the same time: for many heavy tests in one file. */
export function aFewAtOnce(most: number): <T>(job: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (job) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await job();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}

/**
 * `test` for a file of many heavy tests, of which at most `most` run at the same time. What a test waits for its turn
 * counts for its end, which is why that is far.
 */
export function testsInTurn(most: number): (title: string, run: (t: ExecutionContext) => Promise<void>) => void {
  const inTurn = aFewAtOnce(most);
  return (title, run) =>
    test(title, (t) => {
      t.timeout(PATIENCE_MS);
      return inTurn(() => run(t));
    });
}
