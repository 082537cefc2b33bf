import type { ExecutionContext } from "ava";

type Body = (t: ExecutionContext) => Promise<void>;

/**
 * Runs at most `count` bodies of a file's tests at a time: each starts processes of git, and all at once they would
 * wait for each other longer than the deadlines under test.
 */
export function atMost(count: number): (body: Body) => Body {
  const waiting: (() => void)[] = [];
  let running = 0;
  return (body) => async (t) => {
    t.timeout(120_000);
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      await body(t);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
